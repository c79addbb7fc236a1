"""What the simulated help desk says, in the three languages. Made up, like its people."""

PEOPLE = ("Lien", "Karim", "Delphine", "Joris")

Texts = dict[str, str]


def in_language(texts: Texts, language: str) -> str:
    return texts.get(language) or texts["nl"]


TEXTS: dict[str, Texts] = {
    "hello": {"nl": "Dag", "fr": "Bonjour", "en": "Hello"},
    "refused": {
        "nl": "Deze vraag hoort niet bij de helpdesk.",
        "fr": "Cette question ne relève pas du service d’assistance.",
        "en": "This question is not one for the help desk.",
    },
    "greeting": {
        "nl": "We hebben je vraag goed ontvangen en kijken ze nu na. Je hoort snel meer.",
        "fr": "Nous avons bien reçu votre question et l’examinons. Vous aurez vite de nos nouvelles.",
        "en": "We received your question and are looking into it. You hear from us soon.",
    },
    "question": {
        "nl": "We vinden op dit moment geen storing. Kun je het toestel uit en weer aan zetten, en ons laten weten "
        "of het probleem ook met een andere simkaart optreedt?",
        "fr": "Nous ne constatons pas de panne pour le moment. Pouvez-vous éteindre et rallumer l’appareil, et nous "
        "dire si le problème se produit aussi avec une autre carte SIM\u00a0?",
        "en": "We see no outage at the moment. Can you switch the device off and on again, and tell us whether it "
        "happens with another SIM card too?",
    },
    "thanks": {
        "nl": "Bedankt voor de extra uitleg. Daarmee kunnen we verder.",
        "fr": "Merci pour ces précisions. Nous pouvons continuer.",
        "en": "Thank you for explaining. With this we can go on.",
    },
    "again": {
        "nl": "We bekijken het opnieuw. Een collega met meer ervaring neemt het over.",
        "fr": "Nous réexaminons la question. Un collègue plus expérimenté s’en charge.",
        "en": "We look at it again. A colleague with more experience takes over.",
    },
    "solved": {
        "nl": "Dit is nu in orde gebracht. Lukt het toch niet, antwoord dan gerust op dit ticket.",
        "fr": "C’est réglé. Si le problème persiste, répondez simplement à ce ticket.",
        "en": "This is settled now. If it still does not work, just answer on this ticket.",
    },
    "solved_sim": {
        "nl": "We hebben de simkaart opnieuw aangemeld op het netwerk. Zet het toestel een keer uit en weer aan: "
        "daarna werkt ze.",
        "fr": "Nous avons réenregistré la carte SIM sur le réseau. Éteignez et rallumez l’appareil\u00a0: elle "
        "fonctionnera ensuite.",
        "en": "We registered the SIM card on the network again. Switch the device off and on once: then it works.",
    },
    "solved_invoice": {
        "nl": "We hebben de factuur nagekeken. Het verschil komt van een deel van een maand; de uitleg per lijn staat "
        "bij de factuur. Is dat niet zo, laat het dan weten: dan maken we een creditnota.",
        "fr": "Nous avons vérifié la facture. La différence vient d’une partie de mois\u00a0; le détail par ligne se "
        "trouve avec la facture. Si ce n’est pas le cas, dites-le-nous\u00a0: nous établirons une note de crédit.",
        "en": "We checked the invoice. The difference is a part of a month; the explanation per line stands with the "
        "invoice. If not, tell us: then we make a credit note.",
    },
    "solved_roaming": {
        "nl": "Roaming stond in orde, maar het toestel hield een oud netwerk vast. Kies in de instellingen één keer "
        "“automatisch” bij netwerkkeuze.",
        "fr": "L’itinérance était active, mais l’appareil restait sur un ancien réseau. Choisissez une fois "
        "«\u00a0automatique\u00a0» dans le choix du réseau.",
        "en": "Roaming was fine, but the device held on to an old network. Choose “automatic” once in its network "
        "settings.",
    },
    "solved_porting": {
        "nl": "We hebben de andere operator gecontacteerd. Het nummer wordt op de eerstvolgende werkdag overgezet.",
        "fr": "Nous avons contacté l’autre opérateur. Le numéro sera transféré le prochain jour ouvrable.",
        "en": "We contacted the other operator. The number moves on the next working day.",
    },
}

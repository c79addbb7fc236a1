"""Made-up employees of the demo companies, with the names and accents a Belgian fleet has."""

FIRST_NAMES = (
    "Sofie", "Wout", "Hélène", "Mehmet", "Lotte", "François", "Ine", "Zoë", "Jürgen", "Amélie", "Bram", "Noémie",
    "Youssef", "Griet", "Renée", "Łukasz", "Fatima", "Kobe", "Chloé", "Dirk", "Anaïs", "Thijs", "Gülsüm", "Benoît",
    "Saskia", "Jérôme", "Nele", "Piet", "Maëlle", "Raf", "Inès", "Søren", "Kaat", "André", "Ilse", "Loïc",
)  # fmt: skip
LAST_NAMES = (
    "Janssens", "Lemmens", "Dubois", "Yıldız", "De Smet", "Lefèvre", "Van den Broeck", "Maes", "Müller", "Gérard",
    "Claes", "D’Hondt", "El Amrani", "Wouters", "Noël", "Kowalski", "Peeters", "Bosmans", "Lambert", "Van Damme",
    "Desmedt", "Çelik", "Hermans", "Leclercq", "Øster", "Goossens", "Vandenbroucke", "Thiry", "De Cock", "Marchal",
)  # fmt: skip
# Department and cost centre of the larger company.
DEPARTMENTS = (
    ("Verkoop", "4120"),
    ("Techniek", "4130"),
    ("Logistiek", "4140"),
    ("Directie", "4150"),
    ("HR", "4160"),
)

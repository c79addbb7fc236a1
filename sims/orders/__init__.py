"""Orders: what a manager asks, what a worker does about it at the operator, and what the line becomes when it is done.

``kinds`` says what each kind of order is, ``transitions`` which step may follow which, ``placing`` holds the services
for people, ``engine``, ``outcomes`` and ``sweeping`` what workers do, ``patience`` how long anything waits.
"""

"""What the people whose data is here were promised: see it, take it away, correct, freeze, destroy it, with proof.

``office.Office`` is the way in; nothing is imported here, because the sandboxed part of the scanner is in this package, too.
"""

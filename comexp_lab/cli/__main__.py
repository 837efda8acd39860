"""``python -m comexp_lab.cli``"""

from comexp_lab.cli import main

main()

"""Cell outputs: the annotator, the card of a run, the image browser.

They hold ids only. Pixels, labels and progress go between the browser and the lab service, so everything goes on
while the kernel is busy or gone; what Python wants to know (``selected``, ``status``) comes back as traits.
"""

from comexp_lab.widgets.annotator import AnnotatorWidget
from comexp_lab.widgets.browser import BrowserWidget
from comexp_lab.widgets.run import RunCard

__all__ = ["AnnotatorWidget", "BrowserWidget", "RunCard"]

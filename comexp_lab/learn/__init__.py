"""Fine-tuning, prediction and evaluation with Ultralytics, on data that stays encrypted.

``arguments`` and ``weights`` run in the lab service and import nothing heavy. ``model_file`` is the one form in which models
are kept; ``convert`` makes it from a stranger's ``.pt`` in a sandbox. ``manifest`` is what a worker gets to know of a dataset;
``pictures`` and ``dataset`` feed it to Ultralytics without a file; ``training``, ``predicting`` and ``evaluating`` do the work.
"""

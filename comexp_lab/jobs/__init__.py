"""Work that takes longer than a request: in a thread of the lab service, or in a worker process that outlives it."""

from comexp_lab.jobs.live import Progress
from comexp_lab.jobs.queue import Jobs

__all__ = ["Jobs", "Progress"]

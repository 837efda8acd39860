"""FiftyOne's own App on a mirror of a dataset: one process per workspace, started by the lab service on demand.

    python -m comexp_lab.browse.server   (hypercorn on transport.browse_socket_path(workspace), 0600; no TCP at all)

What the door (the Jupyter handler, or a test's reverse proxy) must do
----------------------------------------------------------------------
* While the browse service runs, ``transport.runtime_dir(workspace) / "fo.json"`` (0600) holds
  ``{"segment": <random, 22 characters of [A-Za-z0-9_-]>, "token": <secret>, "pid": <int>}``; it is written before the
  socket listens, changes with each start of the browse service and is removed when it stops. Read it per request.
* ``<base_url>comexp/fo/<segment>/<rest>?<query>`` is sent to the socket as ``/<segment>/<rest>?<query>`` (the path as
  the browser sent it), with the header ``X-Comexp-Browse: <token>``. Whoever lacks the token gets 403; a wrong segment
  gets 404. ``Host``, cookies and ``Authorization`` are neither needed nor wanted.
* ``<base_url>comexp/fo/app-<16 hex digits>/assets/<file>``, read only, is passed on in the same way: FiftyOne's own files,
  kept by browsers for good under an address that outlives the segment.
* Methods: GET, HEAD, POST, PATCH, DELETE (and OPTIONS need not pass). No websockets. One long answer per open App:
  ``POST …/events`` is a stream of server-sent events (a ping every 2 s, so a stall of 30 s means the service is gone);
  it must be passed on unbuffered and its end on either side must end the other. No polling.
* ``Range`` and ``If-None-Match`` requests and their answers (206, 304, ``Accept-Ranges``, ``Content-Range``, ``ETag``)
  pass through unchanged.
* The answers carry the right ``Content-Security-Policy`` and ``X-Content-Type-Options`` already; leave them as they
  are or set stricter ones, but keep ``frame-ancestors 'self'``, ``'unsafe-inline'`` for styles, ``'unsafe-eval'``,
  ``'wasm-unsafe-eval'``, and ``blob:`` for workers, pictures and fetches.
* Check login, authorization, ``Origin`` and ``Sec-Fetch-Site`` before. XSRF tokens cannot be sent by the App.

``BrowseOut.path`` is ``comexp/fo/<segment>/<mirror id>/datasets/<name>``, relative to the Jupyter base URL and complete:
the address to open in a frame is ``base_url + path`` and nothing has to be added (the page finds its own prefix and
tells FiftyOne by ``?proxy=``). It changes when the lab service starts anew; open it when ``status`` is ``filling`` or ``ready``:
page and scripts are there at once, and what the App asks for waits until FiftyOne is loaded and has a first slice.

How it works: ``mongod`` (the database), ``fence`` (what FiftyOne may not do), ``guard`` (the only way in), ``assets``
(FiftyOne's own files), ``deferred`` (what it need not import), ``pixels`` (decrypted media), ``rows`` → ``documents`` →
``mirror`` (filling), ``films`` (frames of videos), ``live`` and ``edits`` (both sides kept in step), ``sessions`` (one App
state per mirror), ``service`` and ``server`` (the process), ``supervisor`` (who keeps it running).
"""

"""gunicorn: threads, because a slow client must not hold a whole process; nginx stands in front in production."""

import os

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
worker_class = "lers.web_worker.Worker"  # gthread
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
# A worker that gives no sign of life for so long is replaced; long uploads and downloads do give signs.
timeout = 60
graceful_timeout = 8
keepalive = 5
# What no browser of ours sends is refused before Django sees it; what two servers could read in two ways too.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
header_map = "drop"
strip_header_spaces = False
permit_obsolete_folding = False
# Memory that WeasyPrint or a parser did not give back goes with the process.
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - heartbeat file, not data
control_socket_disable = True
# The path without its query: searches and tokens stay out of the log.
accesslog = "-"
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
# Mailed links hold one-time tokens: they do not belong into a log.
logger_class = "lers.logs.AccessLogger"

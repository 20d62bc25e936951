"""nginx with one worker and one static file, on a free port, everything in a temporary folder."""

import os
import socket
import subprocess
import time

CONFIG = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 100000000;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/root;
  }}
}}
"""


class Nginx:
    def __init__(self, folder: str, size: int):
        self.folder = folder
        self.size = size

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        os.makedirs(os.path.join(self.folder, "root"))
        with open(os.path.join(self.folder, "root", "static"), "w") as file:
            file.write("x" * self.size)
        config = os.path.join(self.folder, "nginx.conf")
        with open(config, "w") as file:
            # As root the worker would be another user, who may not read the folder.
            if os.geteuid() == 0:
                file.write("user root;\n")
            file.write(CONFIG.format(folder=self.folder, port=port))
        program = "/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else "nginx"
        self.process = subprocess.Popen([program, "-c", config, "-e", os.path.join(self.folder, "start.log")],
                                        stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}/static"
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return self
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError("nginx did not start")
                time.sleep(0.02)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

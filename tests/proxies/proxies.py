"""nginx and Caddy with the examples of deploy/proxy: what a test changes in them is where they listen, the certificate, and
whom they stand before."""

import pathlib
import shutil
import subprocess

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "proxy"


def replaced(text, old, new):
    assert old in text, f"the example has no {old!r} any more"
    return text.replace(old, new)


class Proxy:
    """Listens with TLS at the socket `socket` in `folder` until it is stopped. `upstream` is HOST:PORT."""

    def __init__(self, folder, certificate, key, upstream):
        self.folder, self.certificate, self.key, self.upstream = folder, certificate, key, upstream
        self.socket = folder / "proxy.socket"
        self.log = open(folder / "proxy.log", "w+")
        self.process = None

    def run(self, command, **more):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, **more)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()

    def said(self):
        self.log.flush()
        return (self.folder / "proxy.log").read_text()


class Nginx(Proxy):
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")

    def start(self):
        site = (EXAMPLES / "nginx.conf").read_text()
        site = replaced(site, "    listen [::]:443 ssl http2;\n", "")
        site = replaced(site, "listen 443 ssl http2;", f"listen unix:{self.socket} ssl http2;")
        site = replaced(site, "/etc/ssl/certs/box.example.pem", str(self.certificate))
        site = replaced(site, "/etc/ssl/private/box.example.key", str(self.key))
        site = replaced(site, "127.0.0.1:8585", self.upstream)
        folders = "".join(f"{kind}_temp_path {self.folder}/{kind};\n"
                          for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = self.folder / "nginx.conf"
        # No user directive: it may be started by anybody, and as root its worker can read the test's folder.
        user = "user root;\n" if self.folder.owner() == "root" else ""
        config.write_text(f"{user}daemon off;\npid {self.folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
                          f"http {{\naccess_log off;\n{folders}{site}}}\n")
        subprocess.run([self.program, "-t", "-q", "-e", "stderr", "-c", config], check=True)
        self.run([self.program, "-e", "stderr", "-c", config])


class Caddy(Proxy):
    program = shutil.which("caddy")

    def start(self):
        environment = {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        example = EXAMPLES / "Caddyfile"
        checked = subprocess.run([self.program, "validate", "--adapter", "caddyfile", "--config", example],
                                 env=environment, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        site = example.read_text()
        site = replaced(site, "box.example {\n",
                        f"box.example {{\n\tbind unix/{self.socket}\n\ttls {self.certificate} {self.key}\n")
        site = replaced(site, "127.0.0.1:8585", self.upstream)
        config = self.folder / "Caddyfile"
        config.write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + site)
        self.run([self.program, "run", "--adapter", "caddyfile", "--config", config], env=environment)


BY_NAME = {"nginx": Nginx, "caddy": Caddy}

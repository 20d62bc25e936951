"""own_network.py [--address A] [--silent-name-server] PROGRAM...: runs a program in a network of
its own (unshare --mount --net), which has loopback and the address A, and either no name server or
one that never answers."""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile

SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8913, 0x8914, 0x8916, 1


def set_up(interface, address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        if address:
            request = struct.pack("16sHH4s8x", interface, socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, SIOCSIFADDR, request)
        request = fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sH14x", interface, 0))
        flags = struct.unpack_from("H", request, 16)[0]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", interface, flags | IFF_UP))


def name_server(silent):
    with tempfile.NamedTemporaryFile("w") as conf:
        # Far longer than anybody should wait: two and a half minutes for each name.
        conf.write("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
        conf.flush()
        subprocess.run(["mount", "--bind", conf.name, "/etc/resolv.conf"], check=True)
    if silent:
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.bind(("127.0.0.1", 53))
        os.set_inheritable(listener.detach(), True)


def main(arguments):
    address = ""
    if arguments[0] == "--address":
        address, arguments = arguments[1], arguments[2:]
    silent = arguments[0] == "--silent-name-server"
    set_up(b"lo", "")
    if address:
        set_up(b"lo:1", address)
    name_server(silent)
    arguments = arguments[silent:]
    os.execv(arguments[0], arguments)


main(sys.argv[1:])

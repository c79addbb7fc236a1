"""pytest plugin: no test talks to another machine."""

import ipaddress
import sys


def _stay_here(event: str, arguments: tuple) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise RuntimeError(f"A test tried to connect to {host}; only this machine is allowed.")


sys.addaudithook(_stay_here)

"""Sets a checkout up: virtual environment, locked dependencies, the library for PDFs, texts, for tests also a browser.

Run as a script by any Python 3.11 or later, before anything is installed, so it uses the standard library only.
"""

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VENV = BASE_DIR / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = BASE_DIR / "requirements"
PANGO_LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
PANGO_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main(purpose: str) -> None:
    """``purpose`` is "run", "dev" (adds the tools) or "test" (adds the tools and a browser)."""
    make_environment()
    if purpose == "run":
        install("base")
    else:
        # The tools' lock holds the same versions of everything in the base lock.
        install("dev", covers=("base",))
    if not shutil.which("redis-server") and not setting("REDIS_URL"):
        install("redis")
    provide_pango()
    subprocess.run([PYTHON, BASE_DIR / "fleetportal" / "local" / "translations.py", "compile"], check=True)
    if purpose == "test":
        provide_browser()


def make_environment() -> None:
    """A virtual environment whose Python still exists; one left behind by a removed Python is made anew."""
    try:
        subprocess.run([PYTHON, "-c", "import pip"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        print("Making the virtual environment .venv", flush=True)
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
        if made.returncode:
            sys.exit(f"{made.stdout}{made.stderr}\nThis Python cannot make virtual environments (see above).")


def install(name: str, covers: tuple[str, ...] = ()) -> None:
    """Install one lock file, hashes checked; nothing to do when the same file was installed before."""
    if stamp(name).exists() and stamp(name).read_text(encoding="ascii") == fingerprint(name):
        return
    print(f"Installing requirements/{name}.lock; this takes a minute", flush=True)
    options = ["-qq", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    subprocess.run([PYTHON, "-m", "pip", "install", *options, "-r", REQUIREMENTS / f"{name}.lock"], check=True)
    for done in (name, *covers):
        stamp(done).write_text(fingerprint(done), encoding="ascii")


def stamp(name: str) -> Path:
    return VENV / f".installed-{name}"


def fingerprint(name: str) -> str:
    return hashlib.sha256((REQUIREMENTS / f"{name}.lock").read_bytes()).hexdigest()


def setting(name: str) -> bool:
    """Is the variable set in the environment or in .env?"""
    file = BASE_DIR / ".env"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return bool(os.environ.get(name)) or any(line.startswith((f"{name}=", f"export {name}=")) for line in lines)


def provide_pango() -> None:
    """The system library that makes PDFs; without one everything works but PDFs."""
    if all(ctypes.util.find_library(name) for name in PANGO_LIBRARIES):
        return
    if not _system_packages("Pango for PDFs", PANGO_PACKAGES):
        names = " ".join(PANGO_PACKAGES)
        print(f"Pango is missing: install {names} (elsewhere: pango) to make PDFs. All else works.", flush=True)


def provide_browser() -> None:
    """A Chromium from the system's packages; without one the browser tests are skipped, except where CI is "true"."""
    if any(shutil.which(name) for name in BROWSERS) or _system_packages("Chromium for the browser tests", ["chromium"]):
        return
    text = "Chromium is missing: install the package chromium to run the browser tests."
    if os.environ.get("CI") == "true":
        sys.exit(text)
    print(f"{text} They are skipped.", flush=True)


def _system_packages(what: str, packages: Sequence[str]) -> bool:
    """Install them where that needs no question: Debian and its kin, as root or with a sudo that asks nothing."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (prefix and not _succeeds([*prefix, "true"])):
        return False
    print(f"Installing {what}", flush=True)
    install = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    return _succeeds([*prefix, "apt-get", "update", "-qq"]) and _succeeds([*prefix, *install, *packages])


def _succeeds(command: list[str]) -> bool:
    try:
        return not subprocess.run(command, stdout=subprocess.DEVNULL).returncode
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up stopped: {' '.join(str(part) for part in error.cmd)} ended with {error.returncode}.")

"""What tools/bench runs: the measuring programs, the server, a temporary PostgreSQL cluster.

Everything started here listens on the loopback interface or a socket file only, lives below one
temporary directory, and is ended by process id: when the run is over, on Ctrl-C, and by the kernel
when the harness itself is killed.
"""
import ctypes
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

STUCK_SECONDS = 300
START_SECONDS = 60


class BenchError(Exception):
    """A measurement went wrong: there is no result."""


def _end_with_parent(number):
    """For preexec_fn: the child gets signal `number` when the harness ends, however that is."""
    libc = ctypes.CDLL(None, use_errno=True)
    pr_set_pdeathsig = 1

    def in_child():
        libc.prctl(pr_set_pdeathsig, number)

    return in_child


def _stop(process, number, seconds):
    """Sends the signal, waits, and kills what has not ended by then."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Programs:
    """The programs of one build directory, and the measurements they make."""

    def __init__(self, build_dir):
        self.bin = pathlib.Path(build_dir).resolve() / "bin"

    def has(self, name):
        return (self.bin / name).is_file()

    def measure(self, name, *arguments, environment=None):
        """Runs a measuring program to its end; the JSON object it prints."""
        command = [str(self.bin / name), *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env={**os.environ, **(environment or {})},
                                   preexec_fn=_end_with_parent(signal.SIGKILL))
        try:
            out, err = process.communicate(timeout=STUCK_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise BenchError(f"{' '.join(command)} has not ended in {STUCK_SECONDS} s") from error
        finally:
            _stop(process, signal.SIGKILL, 10)
        if process.returncode != 0:
            raise BenchError(f"{' '.join(command)}\n{err.strip()}")
        return json.loads(out)


class Server:
    """tocsind on one data directory, and one enrolled person."""

    def __init__(self, programs, library, directory):
        self.programs = programs
        self.library = library
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(mode=0o700)
        self.data = self.directory / "data"
        self.output = self.directory / "tocsind.log"
        self.process = None

    def start(self):
        """Starts it and waits until it listens; the seconds that took."""
        endpoint = self.data / "endpoint"
        endpoint.unlink(missing_ok=True)
        begin = time.monotonic()
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [self.programs.bin / "tocsind", "serve", "--data", self.data,
                 "--listen", "127.0.0.1:0", "--library", self.library],
                stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                preexec_fn=_end_with_parent(signal.SIGTERM))
        while not (endpoint.is_file() and endpoint.read_text().strip()):
            if self.process.poll() is not None or time.monotonic() - begin > START_SECONDS:
                raise BenchError(f"tocsind did not start:\n{self.output.read_text()[-2000:]}")
            time.sleep(0.001)
        return time.monotonic() - begin

    @property
    def environment(self):
        return {"TOCSIN_CONFIG_DIR": str(self.directory / "person"),
                "TOCSIN_SERVER": (self.data / "endpoint").read_text().strip(),
                "GRPC_VERBOSITY": "NONE", "NO_COLOR": "1"}

    def enrol(self):
        """Exchanges the code that the first start printed for a token."""
        begin = time.monotonic()
        while True:
            said = self.output.read_text()
            code = re.search(r"^enrol default (\S+)\n", said, re.MULTILINE)
            fingerprint = re.search(r"^fingerprint (\S+)\n", said, re.MULTILINE)
            if code and fingerprint:
                break
            if time.monotonic() - begin > START_SECONDS:
                raise BenchError(f"tocsind printed no enrolment code:\n{said[-2000:]}")
            time.sleep(0.01)
        self.tocsin("enrol", "--server", self.environment["TOCSIN_SERVER"],
                    "--code", code.group(1), "--fingerprint", fingerprint.group(1))

    def tocsin(self, *arguments):
        """Runs the command line client; what it prints, and the seconds it took."""
        begin = time.monotonic()
        done = subprocess.run([self.programs.bin / "tocsin", *arguments], capture_output=True,
                              text=True, timeout=STUCK_SECONDS, check=False,
                              env={**os.environ, **self.environment})
        took = time.monotonic() - begin
        if done.returncode != 0:
            raise BenchError(f"tocsin {' '.join(arguments)}\n{done.stderr.strip()}")
        return done.stdout, took

    def measure(self, what, **flags):
        arguments = [word for name, value in flags.items()
                     for word in ("--" + name.replace("_", "-"), value)]
        return self.programs.measure("load_bench", what, *arguments, environment=self.environment)

    def rss_mb(self):
        """Resident memory of the server, in megabytes of 10^6 bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as lines:
            kib = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
        return kib * 1024 / 1e6

    def stop(self):
        _stop(self.process, signal.SIGTERM, 15)
        self.process = None


class Postgres:
    """A temporary PostgreSQL cluster that listens on a socket file only."""

    def __init__(self, bin_dir, directory):
        self.bin = pathlib.Path(bin_dir)
        self.directory = pathlib.Path(directory)
        self.process = None
        # It refuses to run as root; then the account that its package made runs it.
        self.account = {}
        if os.geteuid() == 0:
            self.account = {"user": "postgres", "group": "postgres", "extra_groups": []}

    @staticmethod
    def find():
        """Directory of the newest installed server programs that can be run here, or None."""
        places = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                        key=lambda place: float(place.parent.parent.name))
        if not places or not (places[-1].parent / "initdb").is_file():
            return None
        if os.geteuid() == 0:
            try:
                pwd.getpwnam("postgres")
            except KeyError:
                return None
        return places[-1].parent

    @property
    def conninfo(self):
        return f"host={self.directory} user=postgres dbname=postgres"

    def start(self):
        self.directory.mkdir(mode=0o700)
        if self.account:
            shutil.chown(self.directory, "postgres", "postgres")
        data = self.directory / "data"
        made = subprocess.run(
            [self.bin / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8",
             "--locale=C"],
            capture_output=True, text=True, check=False, cwd="/", **self.account)
        if made.returncode != 0:
            raise BenchError(f"initdb: {made.stderr.strip()}")
        settings = {"listen_addresses": "", "unix_socket_directories": self.directory,
                    "fsync": "on", "synchronous_commit": "on", "shared_buffers": "1GB",
                    "max_wal_size": "8GB", "max_connections": "100", "logging_collector": "off"}
        with open(self.directory.parent / "postgres.log", "ab") as output:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", data,
                 *(f"--{name}={value}" for name, value in settings.items())],
                stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/",
                preexec_fn=_end_with_parent(signal.SIGINT), **self.account)
        self._wait()

    def _wait(self):
        begin = time.monotonic()
        pid_file = self.directory / "data" / "postmaster.pid"
        while True:
            lines = pid_file.read_text().splitlines() if pid_file.is_file() else []
            if len(lines) >= 8 and lines[7].strip() == "ready":
                return
            if self.process.poll() is not None or time.monotonic() - begin > START_SECONDS:
                log = (self.directory.parent / "postgres.log").read_text()
                raise BenchError(f"PostgreSQL did not start:\n{log[-2000:]}")
            time.sleep(0.01)

    def version(self):
        said = subprocess.run([self.bin / "postgres", "--version"], capture_output=True, text=True,
                              check=True)
        return re.search(r"[\d.]+", said.stdout).group(0)

    def stop(self):
        _stop(self.process, signal.SIGINT, 30)
        self.process = None


class Workplace:
    """One temporary directory for all systems, on one disk; gone at the end."""

    def __init__(self, parent):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-bench-", dir=parent))
        # The account of PostgreSQL has to pass through; everything below has its own mode.
        self.path.chmod(0o711)

    def fresh(self, name):
        """An empty directory of that name."""
        path = self.path / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
        return path

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)

"""Builds and starts what the Dockerfile describes, without a container engine: see scripts/check-dockerfile.sh."""
import argparse
import glob
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from parse import Broken, Ignore, Step, expand, pairs, steps  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CONTEXT = os.path.dirname(os.path.dirname(HERE))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME", "/var/cache"), "omniaudit-bare-roots")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DOTNET = os.path.dirname(os.path.realpath(shutil.which("dotnet") or "/usr/share/dotnet/dotnet"))
# What Microsoft's SDK image has beside Debian's or Ubuntu's base, as far as a build needs it.
SDK_PACKAGES = "ca-certificates,libssl3t64,libstdc++6,zlib1g,tzdata,curl,git"


def shell(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


class Stage:
    def __init__(self, root):
        self.root = root
        self.env, self.args = {"PATH": PATH}, {}
        self.cwd, self.user = "/", ""
        self.entrypoint, self.cmd, self.health, self.volumes, self.port = [], [], None, [], None
        self.binds, self.overlays = [], []

    def values(self):
        return {**self.args, **self.env}

    def ids(self, step):
        """uid and gid of USER, by the root's own /etc/passwd and /etc/group."""
        name, _, group = self.user.partition(":")
        if not name:
            return 0, 0

        def find(file, word, column):
            for line in open(f"{self.root}/etc/{file}", encoding="utf-8"):
                fields = line.strip().split(":")
                if word in (fields[0], fields[2]):
                    return int(fields[column])
            if word.isdigit():
                return int(word)
            raise Broken(step, f"'{word}' is not in the image's /etc/{file}")
        return find("passwd", name, 2), find("group", group, 2) if group else find("passwd", name, 3)


class Check:
    def __init__(self, file, keep):
        self.file, self.keep = file, keep
        self.work = tempfile.mkdtemp(prefix="omniaudit-dockerfile-", dir="/var/tmp")
        self.ignore = Ignore(os.path.join(CONTEXT, ".dockerignore"))
        self.stages, self.arguments, self.stand_ins = {}, {}, []
        self.count = 0

    # --- images ---------------------------------------------------------------------------------------------------
    def bare_root(self, suite, include=""):
        """A fresh copy of Debian as debootstrap's smallest variant has it; what debian:<suite>-slim is made of."""
        os.makedirs(CACHE, exist_ok=True)
        tar = f"{CACHE}/{suite}{'-sdk' if include else ''}.tar"
        if not os.path.exists(tar) or time.time() - os.path.getmtime(tar) > 7 * 86400:
            sources = [f"deb http://deb.debian.org/debian {s} main" for s in (suite, suite + "-updates")] + [f"deb http://deb.debian.org/debian-security {suite}-security main"]
            command = ["mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*"]
            try:
                shell(*command, *([f"--include={include}"] if include else []), suite, tar + ".part", *sources)
            except subprocess.CalledProcessError as e:
                sys.exit(f"No bare root of Debian {suite}: {e.output[-800:]}\nThis check needs a Debian mirror.")
            os.rename(tar + ".part", tar)
        root = tempfile.mkdtemp(prefix="root-", dir=self.work)
        os.chmod(root, 0o755)
        shell("tar", "-xf", tar, "-C", root, "--exclude=./dev/*")
        return root

    def image(self, step, name):
        suite = self.arguments.get("DEBIAN", "trixie")
        if name in self.stages:
            earlier = self.stages[name]
            stage = Stage(f"{earlier.root}-{self.count}")
            shell("cp", "-a", earlier.root, stage.root)
            stage.env, stage.cwd, stage.user = dict(earlier.env), earlier.cwd, earlier.user
            return stage
        if match := re.fullmatch(r"debian:([a-z]+)-slim", name):
            self.stand_ins.append(f"{name}: Debian {match[1]} by mmdebstrap")
            return Stage(self.bare_root(match[1]))
        if name.startswith("mcr.microsoft.com/dotnet/sdk:"):
            self.stand_ins.append(f"{name}: Debian {suite} with this machine's SDK ({shell('dotnet', '--version', cwd=CONTEXT).stdout.strip()}) and package cache")
            stage = Stage(self.bare_root(suite, SDK_PACKAGES))
            stage.binds = [(DOTNET, "/usr/share/dotnet")]
            stage.env["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"  # no ICU in the bare root
            os.symlink("/usr/share/dotnet/dotnet", stage.root + "/usr/bin/dotnet")
            packages = os.environ.get("NUGET_PACKAGES", os.path.expanduser("~/.nuget/packages"))
            os.makedirs(packages, exist_ok=True)
            stage.overlays = [(packages, f"{self.work}/packages", "/root/.nuget/packages")]
            if os.path.isdir(sources := os.path.expanduser("~/.nuget/NuGet")):
                stage.binds.append((sources, "/root/.nuget/NuGet"))
            return stage
        if name.startswith("mcr.microsoft.com/dotnet/aspnet:"):
            runtimes = [os.path.basename(d) for d in glob.glob(f"{DOTNET}/shared/Microsoft.AspNetCore.App/*")]
            self.stand_ins.append(f"{name}: /usr/share/dotnet with this machine's runtime ({', '.join(runtimes)}), for COPY --from")
            root = tempfile.mkdtemp(prefix="root-", dir=self.work)
            os.makedirs(root + "/usr/share/dotnet")
            for part in ("dotnet", "host", "shared", "LICENSE.txt", "ThirdPartyNotices.txt"):
                if os.path.exists(f"{DOTNET}/{part}"):
                    shell("cp", "-a", f"{DOTNET}/{part}", root + "/usr/share/dotnet/")
            return Stage(root)
        raise Broken(step, f"nothing stands in for the image '{name}' here")

    # --- steps ----------------------------------------------------------------------------------------------------
    def run(self, stage, argv, log, *, server=False, overrides=None, step=None):
        """Starts a command in the stage's root; the returned process is that of unshare."""
        user = stage.ids(step)
        home = "/root" if user[0] == 0 else "/"
        what = {
            "root": stage.root, "argv": argv, "cwd": stage.cwd, "user": user, "env": {"HOME": home, **stage.values(), **(overrides or {})},
            "binds": list(stage.binds), "binds_read_only": not server, "overlays": stage.overlays,
            "read_only": server, "own_network": server, "no_privileges": server,
        }
        if server:
            what["env"] = {"HOME": home, **stage.env, **(overrides or {})}
            for volume in stage.volumes:  # a new volume has what the image has at that place, owner and mode too
                copy = f"{self.work}/volume{volume.replace('/', '-')}"
                shell("cp", "-a", stage.root + volume, copy)
                what["binds"].append((copy, volume))
        with tempfile.NamedTemporaryFile("w", dir=self.work, suffix=".json", delete=False) as file:
            json.dump(what, file)
        return subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", *(["--net"] if server else []), "python3", f"{HERE}/inside.py", file.name],
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def do_run(self, stage, step):
        with tempfile.TemporaryFile("w+", dir=self.work) as log:
            process = self.run(stage, step.command(), log, step=step)
            if process.wait(timeout=1200) != 0:
                log.seek(0)
                raise Broken(step, f"ended with {process.returncode}:\n" + "".join("    " + line for line in log.readlines()[-25:]))

    def do_copy(self, stage, step):
        words = json.loads(step.text) if step.text.startswith("[") else step.text.split()
        *sources, target = [expand(step, w, stage.values()) for w in words]
        if not sources:
            raise Broken(step, "COPY needs a source and a target")
        place = stage.root + os.path.normpath(os.path.join(stage.cwd, target))
        many = target.endswith("/") or target in (".", "..") or len(sources) > 1
        made = []
        if "from" in step.flags:
            other = self.stages.get(step.flags["from"])
            if other is None:
                raise Broken(step, f"there is no stage '{step.flags['from']}' before this line")
            for source in sources:
                for found in glob.glob(other.root + source) or [None]:
                    if found is None:
                        raise Broken(step, f"'{source}' is not in the stage '{step.flags['from']}'")
                    made += self.copy_tree(found, place, many)
        else:
            files = [*self.ignore.files(CONTEXT)]
            for source in (s.strip("/") for s in sources):
                pattern = re.compile(re.escape(source).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") + r"(?P<rest>/.*)?\Z") if source not in (".", "./") else re.compile(r"(?P<rest>.*)\Z")
                matches = [(f, m) for f in files if (m := pattern.match(f))]
                if not matches:
                    raise Broken(step, f"'{source}' is not in the context" + (", or .dockerignore leaves it out" if os.path.lexists(f"{CONTEXT}/{source}") else ""))
                for file, match in matches:
                    # A directory's content goes into the target; a file is put below it, or takes its name.
                    to = f"{place}/{match['rest'].lstrip('/')}" if match["rest"] else f"{place}/{os.path.basename(file)}" if many or os.path.isdir(place) else place
                    os.makedirs(os.path.dirname(to), exist_ok=True)
                    shell("cp", "-a", f"{CONTEXT}/{file}", to) if os.path.islink(f"{CONTEXT}/{file}") else shutil.copy2(f"{CONTEXT}/{file}", to)
                    made.append(to)
        owner = step.flags.get("chown", "0:0")
        for path in made:
            shell("chown", "-hR", owner, path)
            if "chmod" in step.flags:
                shell("chmod", "-R", step.flags["chmod"], path)

    @staticmethod
    def copy_tree(source, place, many):
        if os.path.isdir(source) and not os.path.islink(source):
            os.makedirs(place, exist_ok=True)
            shell("cp", "-a", source + "/.", place)
            return [place]
        to = os.path.join(place, os.path.basename(source)) if many or os.path.isdir(place) else place
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shell("cp", "-a", source, to)
        return [to]

    def do(self, stage, step):
        text = step.text
        if step.name == "RUN":
            self.do_run(stage, step)
        elif step.name == "COPY":
            self.do_copy(stage, step)
        elif step.name == "ENV":
            before = stage.values()
            for name, value in pairs(step, text):
                stage.env[name] = expand(step, value, before)
        elif step.name == "ARG":
            name, _, default = text.partition("=")
            stage.args[name] = default or self.arguments.get(name, "")
        elif step.name == "WORKDIR":
            stage.cwd = os.path.normpath(os.path.join(stage.cwd, expand(step, text, stage.values())))
            os.makedirs(stage.root + stage.cwd, exist_ok=True)
        elif step.name == "USER":
            stage.user = expand(step, text, stage.values())
            stage.ids(step)
        elif step.name == "VOLUME":
            stage.volumes += json.loads(text) if text.startswith("[") else text.split()
            for volume in stage.volumes:
                if not os.path.isdir(stage.root + volume):
                    raise Broken(step, f"{volume} is not in the image, so a new volume there would belong to root")
        elif step.name == "EXPOSE":
            stage.port = int(expand(step, text, stage.values()).split("/")[0])
        elif step.name == "ENTRYPOINT":
            stage.entrypoint, stage.entry_step, stage.cmd = step.command(), step, []
        elif step.name == "CMD":
            stage.cmd = step.command()
        elif step.name == "HEALTHCHECK":
            word, _, command = text.partition(" ")
            if word != "CMD":
                raise Broken(step, "HEALTHCHECK without CMD")
            stage.health = Step(step.line, "CMD", command.strip()).command()
            stage.health_step = step

    def build(self):
        stage = None
        found = steps(self.file)
        for step in found:
            if stage is None and step.name == "ARG":
                name, _, value = step.text.partition("=")
                self.arguments[name] = value
                continue
            if stage is None and step.name != "FROM":
                raise Broken(step, "stands before the first FROM")
            began = time.monotonic()
            if step.name == "FROM":
                self.count += 1
                name, _, alias = expand(step, step.text, self.arguments).partition(" AS ")
                stage = self.image(step, name.strip())
                self.stages[alias.strip() or str(self.count - 1)] = stage
            else:
                self.do(stage, step)
            took = time.monotonic() - began
            print(f"  {step.line:>3}  {str(step)[:100]:<100}  ok{f'  {took:5.1f} s' if took >= 0.5 else ''}", flush=True)
        return stage

    # --- the image at work ----------------------------------------------------------------------------------------
    def start(self, stage):
        """Starts the entry point as `docker run --read-only --cap-drop ALL` would, asks it, and stops it."""
        step = getattr(stage, "entry_step", None) or Step(0, "ENTRYPOINT", "")
        if not stage.entrypoint or stage.health is None:
            raise Broken(step, "the last stage needs ENTRYPOINT and HEALTHCHECK")
        if stage.ids(step)[0] == 0:
            raise Broken(step, "the last stage runs as root: it needs USER")
        for name, value in stage.env.items():
            if value and re.search(r"SECRET|PASSWORD|TOKEN|_KEY$|_PAT$|DATABASE_URL", name):
                raise Broken(step, f"ENV {name} holds what looks like a secret; images are copied about")
        key = secrets.token_hex(16)
        log_file = f"{self.work}/server.log"
        with open(log_file, "w", encoding="utf-8") as log:
            server = self.run(stage, stage.entrypoint + stage.cmd, log, server=True, step=step,
                              overrides={"MCP_API_KEY": key, "URL_ALLOWLIST": f"127.0.0.1:{stage.port}", "SITELINT_INLINE_WAIT_SECONDS": "90"})
        try:
            self.ask(stage, step, server, key)
        except Broken as e:
            e.reason += "\n" + "".join("    " + line for line in open(log_file, encoding="utf-8").readlines()[-25:])
            raise
        finally:
            # A change of user has taken the tie to unshare away: the first process of the namespace ends all others in it.
            for child in self.children(server):
                os.kill(int(child), 9)
            if server.poll() is None:
                server.kill()
                server.wait()

    @staticmethod
    def children(process):
        try:
            return open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
        except OSError:
            return []

    def ask(self, stage, step, server, key):
        began = time.monotonic()
        inside = None
        while True:
            if server.poll() is not None:
                raise Broken(step, f"ended with {server.returncode} instead of serving:")
            inside = next(iter(self.children(server)), None)
            if inside and subprocess.run(["nsenter", "-t", inside, "-n", "curl", "-fsS", "-o", "/dev/null", f"http://127.0.0.1:{stage.port}/healthz"], stderr=subprocess.DEVNULL).returncode == 0:
                break
            if time.monotonic() - began > 60:
                raise Broken(step, "does not answer /healthz within 60 s:")
            time.sleep(0.2)
        user = stage.ids(step)
        print(f"entry point   answers /healthz on port {stage.port} after {time.monotonic() - began:.1f} s, as {user[0]}:{user[1]}, root read-only, no capabilities, no new privileges")

        health = subprocess.run(["nsenter", "-t", inside, "-m", "-n", "-p", "-r", "-S", str(user[0]), "-G", str(user[1]), "env", "-i", *(f"{k}={v}" for k, v in stage.env.items()), *stage.health],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
        if health.returncode != 0:
            raise Broken(stage.health_step, f"ended with {health.returncode}: {health.stdout.strip()}")
        print("health check  exit 0")

        answer = self.call(stage, inside, key, "sitelint.start_scan", {"url": f"http://127.0.0.1:{stage.port}/signin", "profile": "quick", "viewport_set": "desktop"})
        job = answer.get("result", {}).get("structuredContent", {})
        if job.get("status") != "completed":
            raise Broken(step, f"a scan with the image's Chromium does not complete: {json.dumps(answer)[:1500]}")
        report = self.call(stage, inside, key, "sitelint.get_report", {"scan_id": job["scan_id"]}).get("result", {}).get("structuredContent", {})
        whole = json.dumps(self.call(stage, inside, key, "core.read_resource", {"uri": report.get("report_uri", "")})).replace("\\", "")
        sandbox = re.search(r'"sandboxed":\s*(true|false)', whole)
        print(f"scan          completed, with the image's Chromium{'' if sandbox is None else ', its own sandbox ' + ('on' if sandbox[1] == 'true' else 'off')}")

        began = time.monotonic()
        os.kill(int(inside), 15)
        try:
            code = server.wait(timeout=45)
        except subprocess.TimeoutExpired:
            raise Broken(step, "does not end within 45 s of SIGTERM")
        if code not in (0, 143):
            raise Broken(step, f"ended with {code} after SIGTERM")
        print(f"stop          {time.monotonic() - began:.1f} s after SIGTERM, exit code {code}")
        size = shell("du", "-sm", stage.root).stdout.split()[0]
        print(f"image         {size} MB unpacked")

    def call(self, stage, inside, key, tool, arguments):
        """A tool call over HTTP, inside the container's network."""
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}}
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool, "X-Api-Key": key}
        answer = subprocess.run(["nsenter", "-t", inside, "-n", "curl", "-sS", "--max-time", "120", *(w for k, v in headers.items() for w in ("-H", f"{k}: {v}")),
                                 "-d", json.dumps(message), f"http://127.0.0.1:{stage.port}/mcp"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        data = [line[6:] for line in answer.splitlines() if line.startswith("data: ")]
        try:
            return json.loads(data[-1] if data else answer)
        except ValueError:
            return {"not_json": answer}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--file", default=os.path.join(CONTEXT, "Dockerfile"))
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    check = Check(options.file, options.keep)
    name = os.path.relpath(options.file, CONTEXT)
    try:
        stage = check.build()
        for stand_in in check.stand_ins:
            print(f"stood in for  {stand_in}")
        check.start(stage)
        print(f"{name}: every step works")
        return 0
    except Broken as e:
        print(f"{name}:{e.step.line}: {e.step}\n    {e.reason}")
        return 1
    finally:
        if options.keep:
            print(f"kept          {check.work}")
        else:
            shutil.rmtree(check.work)


sys.exit(main())

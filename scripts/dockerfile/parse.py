"""Dockerfile and .dockerignore as this repository uses them. What is not known here is refused with its line, never passed over."""
import json
import os
import re

KNOWN = {"FROM", "ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD", "LABEL"}


class Broken(Exception):
    """A step that does not work; `line` is its first line in the Dockerfile."""

    def __init__(self, step, reason):
        super().__init__(reason)
        self.step, self.reason = step, reason


class Step:
    def __init__(self, line, name, text):
        self.line, self.name, self.text = line, name, text
        self.flags = {}

    def take_flags(self):
        """Moves leading --name=value words into `flags`."""
        while match := re.match(r"--([a-z-]+)(?:=(\S+))?\s+", self.text):
            self.flags[match[1]] = match[2] or ""
            self.text = self.text[match.end():]
        return self

    def command(self):
        """The exec form as it is, the shell form through /bin/sh."""
        if self.text.startswith("["):
            try:
                words = json.loads(self.text)
            except ValueError:
                raise Broken(self, "begins like the exec form but is no JSON array, so it would run in a shell")
            return words
        return ["/bin/sh", "-c", self.text]

    def __str__(self):
        return f"{self.name} {' '.join(self.text.split())}"


def steps(path):
    found, joined, first = [], "", 0
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.lstrip().startswith("#") or (not joined and not line.strip()):
                continue
            if not joined:
                first = number
            if line.rstrip().endswith("\\"):
                joined += line.rstrip()[:-1]
                continue
            name, _, text = (joined + line).strip().partition(" ")
            step = Step(first, name.upper(), text.strip())
            if step.name not in KNOWN:
                raise Broken(step, f"'{name}' is no instruction that this check knows")
            if "<<" in text and step.name in ("RUN", "COPY"):
                raise Broken(step, "here-documents are not known to this check")
            found.append(step.take_flags() if step.name in ("COPY", "RUN", "HEALTHCHECK", "FROM") else step)
            joined = ""
    if joined:
        raise Broken(Step(first, joined.split()[0], joined), "the last line ends with a backslash")
    return found


def expand(step, text, values):
    """$NAME, ${NAME}, ${NAME:-default}; an unset name is an error here, although Docker takes it for empty."""
    def value(match):
        name, default = match[1] or match[2], match[3]
        if name in values:
            return values[name]
        if default is not None:
            return default
        raise Broken(step, f"${name} is set by no ARG or ENV before it")
    return re.sub(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::-([^}]*))?\})", value, text)


def pairs(step, text):
    """NAME=value words of ENV, ARG and LABEL; values may be quoted."""
    found = []
    for match in re.finditer(r'([^\s=]+)=("(?:[^"\\]|\\.)*"|\'[^\']*\'|\S*)|(\S+)', text):
        if match[3]:
            raise Broken(step, f"'{match[3]}' is not of the form NAME=value")
        found.append((match[1], match[2].strip("\"'")))
    return found


class Ignore:
    """.dockerignore: the last pattern that matches a path or one of its directories decides."""

    def __init__(self, path):
        self.rules = []
        if os.path.exists(path):
            for line in open(path, encoding="utf-8"):
                line = line.strip()
                if line and not line.startswith("#"):
                    negated = line.startswith("!")
                    self.rules.append((self.pattern(line.lstrip("!").strip("/")), negated))

    @staticmethod
    def pattern(text):
        out, i = "", 0
        while i < len(text):
            if text.startswith("**/", i):
                out, i = out + "(?:.*/)?", i + 3
            elif text.startswith("**", i):
                out, i = out + ".*", i + 2
            elif text[i] == "*":
                out, i = out + "[^/]*", i + 1
            elif text[i] == "?":
                out, i = out + "[^/]", i + 1
            else:
                out, i = out + re.escape(text[i]), i + 1
        return re.compile(out + r"(?:/.*)?\Z")

    def excludes(self, path):
        excluded = False
        for pattern, negated in self.rules:
            if pattern.match(path):
                excluded = not negated
        return excluded

    def files(self, root):
        """Every file and link of the context, by relative path. A directory is left out whole where no later rule speaks of what is below it."""
        for directory, names, files in os.walk(root):
            below = os.path.relpath(directory, root)
            below = "" if below == "." else below + "/"
            links = [n for n in names if os.path.islink(os.path.join(directory, n))]
            names[:] = [n for n in names if n not in links and not self.excludes(below + n)]
            yield from (below + f for f in files + links if not self.excludes(below + f))

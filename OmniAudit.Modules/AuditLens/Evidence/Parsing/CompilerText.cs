using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// Diagnostics in text, line by line: <see cref="DiagnosticLine"/>, and what needs more than a line: continuations, rustc's <c>--&gt;</c>, and the lists of ESLint and stylelint below a file's
/// name. MSBuild says each warning twice; one of the same place and text is counted and not listed again.
/// </summary>
/// <param name="tool">The tool when it is known.</param>
/// <param name="strict">In a log of everything: a line counts only when it names its severity.</param>
internal sealed class CompilerText(ParseSink sink, string tool = "", bool strict = false)
{
    private const int MostRemembered = 50_000;
    private const int MostContinuation = 20;
    private readonly Dictionary<(string? File, int Line, int Column, string Code, string Message), int> _seen = [];
    private EvidenceFinding? _pending;
    private long _pendingLine;
    private bool _pendingIndented;
    private (string? File, int Line, int Column, string Code, string Message) _pendingKey;
    private readonly StringBuilder _more = new();
    private int _moreLines;
    private string _listFile = "";
    private string _by = "";
    private (string Level, string Code, string Message, long Line)? _rust;

    /// <summary>How many diagnostics were read, repeated ones too.</summary>
    public long Count { get; private set; }

    /// <summary>How many errors among them.</summary>
    public long Errors { get; private set; }

    /// <summary>True when the line was a diagnostic or a part of one. <paramref name="by"/> says who marked the line, when somebody did.</summary>
    public bool Line(string line, long number, string by = "")
    {
        _by = by;
        if (line.Length == 0)
        {
            Flush();
            return false;
        }
        if (_rust is { } rust && Arrow(line, out var place))
        {
            _rust = null;
            Take(new Diagnostic(place.File, place.Line, place.Column, 0, 0, rust.Level, rust.Code, rust.Message), rust.Line);
            return true;
        }
        var indented = line[0] is ' ' or '\t';
        if (indented && Listed(line, out var listed))
        {
            Take(listed, number);
            return true;
        }
        if (!indented && MayBe(line) && DiagnosticLine.TryRead(line, out var found) && (!strict || found.HasLevel))
        {
            Take(found, number);
            return true;
        }
        if (indented)
        {
            // standard indents all of its lines.
            if (!strict && (_pending is null || _pendingIndented) && DiagnosticLine.TryRead(line.AsSpan().Trim(), out var inner) && inner.Column > 0)
            {
                Take(inner, number);
                _pendingIndented = true;
                return true;
            }
            if (_pending is null) return false;
            if (_moreLines++ < MostContinuation) _more.Append(line).Append('\n');
            return true;
        }
        Flush();
        if (!strict && ToolSpellings.TryRead(line, out var other))
        {
            Take(other, number);
            return true;
        }
        if (RustHead(line) is { } head) _rust = (head.Level, head.Code, head.Message, number);
        // A name alone on a line: the head of a list. reek says how many behind it.
        else if (line.Length < 500 && DiagnosticLine.IsPath(ListHead(line), blanks: false)) _listFile = ListHead(line).ToString();
        return false;
    }

    public void Finish() => Flush();

    /// <summary>Cheaper than reading: nearly every line of a log ends here.</summary>
    private static bool MayBe(string line)
    {
        var colon = line.IndexOf(':');
        return colon > 0 && (line.AsSpan().ContainsAnyInRange('0', '9') || line.Contains("rror", StringComparison.Ordinal));
    }

    private void Take(Diagnostic found, long number)
    {
        Flush();
        _rust = null;
        Count++;
        if (found.Level is "error" or "fatal error") Errors++;
        var file = found.File is null ? null : SourcePath.Normalise(found.File);
        var key = (file, found.Line, found.Column, found.Code, found.Message);
        if (_seen.TryGetValue(key, out var known))
        {
            sink.Again(known);
            return;
        }
        _pendingKey = key;
        var level = found.Level.Length > 0 ? found.Level : "warning";
        _pending = new EvidenceFinding
        {
            Kind = level is "error" or "fatal error" ? FindingKind.BuildError : FindingKind.Lint, Tool = _by.Length > 0 ? _by : tool, Rule = found.Code, Level = found.Level, Severity = Severities.Of(level), Title = found.Message, Message = found.Message,
            File = file, Range = new SourceSpan(found.Line, found.Column, found.EndLine, found.EndColumn).Range,
        };
        _pendingLine = number;
        _pendingIndented = false;
    }

    private void Flush()
    {
        if (_pending is null) return;
        if (_seen.Count > MostRemembered) _seen.Clear();
        _seen[_pendingKey] = sink.Add(_moreLines == 0 ? _pending : _pending with { Details = _more.ToString() }, _pendingLine);
        _pending = null;
        _moreLines = 0;
        _more.Clear();
    }

    /// <summary><c>  --> src/main.rs:3:5</c></summary>
    private static bool Arrow(string line, out (string File, int Line, int Column) place)
    {
        place = default;
        var at = line.IndexOf("--> ", StringComparison.Ordinal);
        if (at < 0 || !line.AsSpan(0, at).IsWhiteSpace()) return false;
        var parts = line[(at + 4)..].Split(':');
        if (parts.Length < 3 || !int.TryParse(parts[^2], out var row) || !int.TryParse(parts[^1].Trim(), out var column)) return false;
        place = (string.Join(':', parts[..^2]), row, column);
        return true;
    }

    /// <summary><c>error[E0308]: text</c> and <c>warning: text</c>, whose place comes on the next line.</summary>
    private static (string Level, string Code, string Message)? RustHead(string line)
    {
        if (!line.StartsWith("error", StringComparison.Ordinal) && !line.StartsWith("warning", StringComparison.Ordinal)) return null;
        var said = DiagnosticLine.Said(line, "");
        return said.Level.Length > 0 && said.Message.Length > 0 ? said : null;
    }

    /// <summary>ESLint's and stylelint's lists: <c>  2:10  error  text  rule</c>, <c>  46:3  ✖  text  rule</c>.</summary>
    private bool Listed(string line, out Diagnostic found)
    {
        found = default;
        if (_listFile.Length == 0) return false;
        var rest = line.AsSpan().Trim();
        if (rest[0] == '[' && ToolSpellings.TryReadListed(line, _listFile, out found)) return true;
        var colon = rest.IndexOf(':');
        if (colon is <= 0 or > 8 || !int.TryParse(rest[..colon], out var row)) return false;
        rest = rest[(colon + 1)..];
        var blank = rest.IndexOf(' ');
        if (blank <= 0 || !int.TryParse(rest[..blank].TrimEnd('-'), out var column)) return false;
        rest = rest[blank..].TrimStart();
        blank = rest.IndexOf(' ');
        if (blank <= 0) return false;
        var level = rest[..blank] switch { "error" or "✖" or "×" => "error", "warning" or "⚠" or "‼" or "warn" => "warning", "info" or "ℹ" => "info", _ => "" };
        if (level.Length == 0) return false;
        rest = rest[blank..].Trim();
        // The rule stands in a column of its own.
        var gap = rest.LastIndexOf("  ");
        var (message, rule) = gap > 0 ? (rest[..gap].TrimEnd().ToString(), rest[gap..].Trim().ToString()) : (rest.ToString(), "");
        found = new Diagnostic(_listFile, row, column, 0, 0, level, rule, message);
        return true;
    }

    private static ReadOnlySpan<char> ListHead(string line) => line.AsSpan(0, line.IndexOf(" -- ", StringComparison.Ordinal) is > 0 and var end && line.EndsWith(':') ? end : line.Length).Trim();
}

/// <summary>The output of compilers and linters as a file of its own.</summary>
internal sealed class CompilerParser : EvidenceParser
{
    public override string Profile => "compiler";
    public override IReadOnlyList<string> Aliases => ["msbuild", "dotnet", "tsc", "gcc", "clang", "go_vet", "golangci_lint", "mypy", "flake8", "rubocop", "text", "linter"];

    public override int Recognises(EvidenceHead head)
    {
        if (head.Json is not null || head.Root is not null) return 0;
        var lines = 0;
        var found = 0;
        foreach (var line in head.Text.AsSpan().EnumerateLines())
        {
            if (lines++ > 200) break;
            if (DiagnosticLine.TryRead(line, out var diagnostic)) found += diagnostic.HasLevel ? 2 : 1;
        }
        return found switch { >= 6 => 55, >= 2 => 45, 1 => 25, _ => head.Name.EndsWith(".log", StringComparison.Ordinal) || head.Name.EndsWith(".txt", StringComparison.Ordinal) ? 5 : 0 };
    }

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var compiler = new CompilerText(sink);
        var lines = new Logs.LineReader(content, sink.Bounds.LineBytes);
        while (lines.Read())
        {
            if ((lines.Number & 0xFFF) == 0) cancellationToken.ThrowIfCancellationRequested();
            compiler.Line(Text.EvidenceText.WithoutColours(lines.Text), lines.Number);
        }
        compiler.Finish();
        sink.Cut("line bytes", lines.CutBytes, sink.Bounds.LineBytes);
        if (compiler.Count == 0 && lines.Number > 0) sink.Problem("nothing_recognised", "No line has the form of a compiler's or linter's.");
    }
}

using System.Buffers;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>One line of a compiler or linter, taken apart. Lines from 1; 0: not said.</summary>
internal readonly record struct Diagnostic(string? File, int Line, int Column, int EndLine, int EndColumn, string Level, string Code, string Message)
{
    /// <summary>The line names its severity: without it, only the shape says that it is a diagnostic.</summary>
    public bool HasLevel => Level.Length > 0;
}

/// <summary>
/// Reads the spellings that compilers and linters share, by hand and in linear time: <c>path(line,col): error CODE: text [project]</c> (MSBuild, tsc), <c>path:line:col: error: text</c> (gcc, clang,
/// go, mypy, flake8, rubocop, yamllint, …), <c>path:line:col - error TS1: text</c>, <c>[ERROR] path:[line,col] text</c> (Maven), <c>MSBUILD : error MSB1: text</c>.
/// </summary>
internal static class DiagnosticLine
{
    private const int MostLine = 4_000;
    private static readonly SearchValues<char> NoPath = SearchValues.Create("<>|*?\"'`{}=;,!$&");

    public static bool TryRead(ReadOnlySpan<char> line, out Diagnostic found)
    {
        found = default;
        if (line.Length < 6) return false;
        if (line.Length > MostLine) line = line[..MostLine];
        line = line.TrimEnd();
        var prefix = TakePrefix(ref line);
        return Parenthesised(line, prefix, out found) || Colons(line, prefix, out found) || WithoutPlace(line, out found);
    }

    /// <summary>sbt's and Maven's <c>[error] </c>, isort's <c>ERROR: </c>: the severity comes first.</summary>
    private static string TakePrefix(ref ReadOnlySpan<char> line)
    {
        foreach (var (mark, level) in (ReadOnlySpan<(string, string)>)[("[error] ", "error"), ("[ERROR] ", "error"), ("[warn] ", "warning"), ("[WARNING] ", "warning"), ("[warning] ", "warning"), ("error:/", "error"), ("error: /", "error"), ("Error: ", "error")])
        {
            if (!line.StartsWith(mark)) continue;
            line = line[(mark[^1] == '/' ? mark.Length - 1 : mark.Length)..];
            return level;
        }
        return "";
    }

    private static bool Parenthesised(ReadOnlySpan<char> line, string prefix, out Diagnostic found)
    {
        found = default;
        var from = 0;
        while (true)
        {
            var open = line[from..].IndexOf('(');
            if (open < 0) return false;
            open += from;
            from = open + 1;
            var close = line[from..].IndexOf(')');
            if (close <= 0) return false;
            var inside = line.Slice(from, close);
            var after = line[(from + close + 1)..].TrimStart();
            if (open == 0 || !after.StartsWith(":") || !Numbers(inside, out var a, out var b, out var c, out var d) || !IsPath(line[..open].Trim(), blanks: true)) continue;
            var said = Said(after[1..], prefix);
            var span = c == 0 && d == 0 ? (a, b, 0, 0) : (a, b, c, d);
            found = new Diagnostic(line[..open].Trim().ToString(), span.Item1, span.Item2, span.Item3, span.Item4, said.Level, said.Code, said.Message);
            return found.Message.Length > 0;
        }
    }

    private static bool Colons(ReadOnlySpan<char> line, string prefix, out Diagnostic found)
    {
        found = default;
        // A drive's colon is not the one that ends the path.
        var from = line.Length > 2 && char.IsAsciiLetter(line[0]) && line[1] == ':' && line[2] is '\\' or '/' ? 2 : 0;
        for (var tries = 0; tries < 4; tries++)
        {
            var colon = line[from..].IndexOf(':');
            if (colon <= 0) return false;
            colon += from;
            from = colon + 1;
            var rest = line[from..];
            var bracket = rest.StartsWith("[");
            if (bracket) rest = rest[1..];
            if (!TakeNumber(ref rest, out var row) || row == 0 || !IsPath(line[..colon], blanks: false)) continue;
            int column = 0, endRow = 0, endColumn = 0;
            if (bracket)
            {
                if (rest.StartsWith(",")) { rest = rest[1..]; TakeNumber(ref rest, out column); }
                if (!rest.StartsWith("]")) continue;
                rest = rest[1..];
            }
            else
            {
                // line-line, line:col, line:col-col, line:col-line:col, line.col
                if (rest.StartsWith("-") && rest.Length > 1 && char.IsAsciiDigit(rest[1])) { rest = rest[1..]; TakeNumber(ref rest, out endRow); }
                if (rest.Length > 1 && rest[0] is ':' or '.' && char.IsAsciiDigit(rest[1]))
                {
                    rest = rest[1..];
                    TakeNumber(ref rest, out column);
                    if (rest.Length > 1 && rest[0] == '-' && char.IsAsciiDigit(rest[1])) { rest = rest[1..]; TakeNumber(ref rest, out endColumn); }
                }
                if (rest.StartsWith(":")) rest = rest[1..];
                else if (rest.StartsWith(" - ")) rest = rest[3..];
                else if (rest.StartsWith(" ") && (prefix.Length > 0 || column > 0 || rest.TrimStart().StartsWith("["))) rest = rest[1..];
                else continue;
            }
            var said = Said(rest, prefix);
            if (said.Message.Length == 0) return false;
            found = new Diagnostic(line[..colon].ToString(), row, column, endRow, endColumn, said.Level, said.Code, said.Message);
            return true;
        }
        return false;
    }

    /// <summary><c>MSBUILD : error MSB1009: text</c>, <c>/x/App.csproj : error NU1101: text</c>, <c>CSC : warning CS8034: text</c>.</summary>
    private static bool WithoutPlace(ReadOnlySpan<char> line, out Diagnostic found)
    {
        found = default;
        var at = line.IndexOf(" : ");
        if (at <= 0) return false;
        var origin = line[..at].Trim();
        var said = Said(line[(at + 3)..], "");
        if (said.Level is not ("error" or "warning") || said.Code.Length < 3 || said.Message.Length == 0) return false;
        var isFile = IsPath(origin, blanks: true);
        if (!isFile && origin is not ("MSBUILD" or "CSC" or "NUGET" or "LINK" or "VBC" or "FSC" or "cl" or "rc" or "EXEC" or "ILC" or "LINKER")) return false;
        found = new Diagnostic(isFile ? origin.ToString() : null, 0, 0, 0, 0, said.Level, said.Code, said.Message);
        return true;
    }

    /// <summary>Severity, code and text of what stands behind the place.</summary>
    internal static (string Level, string Code, string Message) Said(ReadOnlySpan<char> rest, string prefix)
    {
        rest = rest.Trim();
        var level = prefix;
        var code = "";
        if (rest.StartsWith("[") && rest.IndexOf(']') is > 1 and < 15 and var bracket && LevelOf(rest[1..bracket]) is { Length: > 0 } marked)
        {
            // yamllint [error], haml-lint [W], ansible-lint has [rule] instead.
            level = marked;
            rest = rest[(bracket + 1)..].TrimStart();
        }
        else
        {
            var end = rest.IndexOfAny(" :[(");
            // "fatal error" is one.
            var word = rest.StartsWith("fatal error") ? rest[..11] : rest.StartsWith("internal compiler error") ? rest[..23] : end > 0 ? rest[..end] : default;
            if (!word.IsEmpty && LevelOf(word) is { Length: > 0 } named)
            {
                var behind = rest[word.Length..];
                var brackets = behind.StartsWith("[") || behind.StartsWith("(") ? behind.IndexOfAny(")]") : -1;
                if (brackets > 1 && behind[(brackets + 1)..].TrimStart().StartsWith(":"))
                {
                    // error[E0308]: …
                    level = named;
                    code = behind[1..brackets].ToString();
                    rest = behind[(brackets + 1)..].TrimStart()[1..].TrimStart();
                }
                else if (behind.TrimStart().StartsWith(":"))
                {
                    level = named;
                    rest = behind.TrimStart()[1..].TrimStart();
                }
                else if (word.Length > 1 && behind.TrimStart() is var next && next.IndexOf(':') is > 1 and < 20 and var colon && IsCode(next[..colon]))
                {
                    // error CS0103: … (MSBuild), error TS2304: …
                    level = named;
                    code = next[..colon].Trim().ToString();
                    rest = next[(colon + 1)..].TrimStart();
                }
            }
        }
        // CODE text (flake8, pycodestyle, typos), CODE: text (pylint).
        if (code.Length == 0)
        {
            var end = rest.IndexOfAny(" :");
            if (end is > 2 and < 12 && IsCode(rest[..end]) && rest[..end].ContainsAnyInRange('0', '9'))
            {
                code = rest[..end].ToString();
                rest = rest[end..].TrimStart(" :");
            }
        }
        rest = WithoutProject(rest);
        if (code.Length == 0 && rest.EndsWith("]") && rest.LastIndexOf('[') is > 0 and var opened && IsRule(rest[(opened + 1)..^1]))
        {
            code = rest[(opened + 1)..^1].ToString();
            rest = rest[..opened].TrimEnd();
        }
        else if (code.Length == 0 && rest.EndsWith(")") && rest.LastIndexOf('(') is > 0 and var round && IsRule(rest[(round + 1)..^1]))
        {
            code = rest[(round + 1)..^1].ToString();
            rest = rest[..round].TrimEnd();
        }
        return (level, code, rest.ToString());
    }

    /// <summary>MSBuild ends its lines with <c>[/path/App.csproj]</c> or <c>[/path/App.csproj::TargetFramework=net8.0]</c>.</summary>
    private static ReadOnlySpan<char> WithoutProject(ReadOnlySpan<char> text)
    {
        if (!text.EndsWith("]")) return text;
        var open = text.LastIndexOf(" [");
        return open > 0 && text[open..].Contains("proj", StringComparison.OrdinalIgnoreCase) ? text[..open].TrimEnd() : text;
    }

    private static string LevelOf(ReadOnlySpan<char> word) => word switch
    {
        "error" or "Error" or "ERROR" or "E" or "err" => "error",
        "fatal error" or "fatal" or "F" or "internal compiler error" or "Fatal" => "fatal error",
        "warning" or "Warning" or "WARNING" or "W" or "warn" => "warning",
        "note" or "Note" => "note",
        "info" or "Info" or "INFO" or "I" or "information" => "info",
        "hint" or "help" or "Suggestion" or "suggestion" or "style" or "C" or "R" => "style",
        _ => "",
    };

    private static bool IsCode(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.IsEmpty || !char.IsAsciiLetter(text[0])) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false;
        return text.ContainsAnyInRange('0', '9') || text.Contains('-');
    }

    private static bool IsRule(ReadOnlySpan<char> text)
    {
        if (text.Length is < 2 or > 80 || !char.IsAsciiLetter(text[0]) && text[0] is not ('-' or '@')) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '/' or '.' or '@' or '+' or '=')) return false;
        return true;
    }

    internal static bool IsPath(ReadOnlySpan<char> text, bool blanks)
    {
        if (text.Length is < 2 or > 1_000 || text.ContainsAny(NoPath) || text.Contains("://", StringComparison.Ordinal)) return false;
        if (!blanks && text.Contains(' ')) return false;
        if (char.IsAsciiLetter(text[0]) && text.Length > 2 && text[1] == ':' && text[2] is '\\' or '/') text = text[2..];
        else if (text.Contains(':')) return false;
        var name = text[(text.LastIndexOfAny('/', '\\') + 1)..];
        if (name.IsEmpty || text[0] == ' ') return false;
        var dot = name.LastIndexOf('.');
        if (dot < 0) return text.Length > name.Length && !blanks || name is "Makefile" or "Dockerfile" or "Gemfile" or "Rakefile" or "Jenkinsfile" or "Vagrantfile" or "BUILD" or "WORKSPACE" or "CMakeLists" or "Podfile" or "Guardfile" or "Capfile" or "Procfile";
        // Not a number (12.5), not an address (127.0.0.1).
        return name.Length > dot + 1 && name[(dot + 1)..].IndexOfAnyExceptInRange('0', '9') >= 0 && name.Length - dot <= 16;
    }

    private static bool Numbers(ReadOnlySpan<char> inside, out int a, out int b, out int c, out int d)
    {
        (a, b, c, d) = (0, 0, 0, 0);
        if (!TakeNumber(ref inside, out a) || a == 0) return false;
        if (inside.StartsWith("-") && inside.Length > 1) { inside = inside[1..]; return TakeNumber(ref inside, out c) && (inside.IsEmpty || inside[0] == ','); }
        if (inside.IsEmpty) return true;
        if (inside[0] is not (',' or ':')) return false;
        inside = inside[1..].TrimStart();
        if (!TakeNumber(ref inside, out b)) return false;
        if (inside.StartsWith("-")) { inside = inside[1..]; return TakeNumber(ref inside, out d); }
        if (inside.IsEmpty) return true;
        if (inside[0] != ',') return false;
        inside = inside[1..].TrimStart();
        if (!TakeNumber(ref inside, out c)) return false;
        if (inside.StartsWith(",")) { inside = inside[1..].TrimStart(); TakeNumber(ref inside, out d); }
        return inside.IsEmpty;
    }

    private static bool TakeNumber(ref ReadOnlySpan<char> text, out int number)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        if (end < 0) end = text.Length;
        if (end is 0 or > 9)
        {
            number = 0;
            return false;
        }
        number = int.Parse(text[..end]);
        text = text[end..];
        return true;
    }
}

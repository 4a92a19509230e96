using System.Text;

namespace OmniAudit.Modules.Settings;

/// <summary>
/// A .env file: <c>KEY=VALUE</c> lines, <c>#</c> comments, an optional <c>export</c>. <c>'single'</c> quotes keep everything as it is,
/// <c>"double"</c> quotes know <c>\n \r \t \" \\ \$</c>; both may run over several lines. Unquoted values end at <c> #</c>.
/// Nothing is expanded.
/// </summary>
internal static class DotEnvFile
{
    /// <summary>Later lines win. What cannot be read becomes an error that names the line and not its text, which may hold a secret.</summary>
    public static Dictionary<string, string> Parse(string text, string file, List<string> errors)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new Cursor(text.StartsWith('\uFEFF') ? text[1..] : text);
        while (reader.SkipToEntry())
        {
            var line = reader.Line;
            var key = reader.Key();
            if (key is null)
            {
                errors.Add($"{file} line {line}: expected KEY=VALUE, the key made of letters, digits and _.");
                reader.SkipLine();
                continue;
            }
            var value = reader.Value();
            if (value is null)
            {
                errors.Add($"{file} line {line}: the quote of {key}'s value is not closed, or text follows it.");
                reader.SkipLine();
                continue;
            }
            values[key] = value;
        }
        return values;
    }

    private sealed class Cursor(string text)
    {
        private int _at;

        public int Line => text.AsSpan(0, _at).Count('\n') + 1;

        private char Now => _at < text.Length ? text[_at] : '\n';
        private bool AtEnd => _at >= text.Length;

        /// <summary>Past blank lines and comments; false at the end of the file.</summary>
        public bool SkipToEntry()
        {
            while (!AtEnd)
            {
                if (char.IsWhiteSpace(Now)) _at++;
                else if (Now == '#') SkipLine();
                else return true;
            }
            return false;
        }

        public void SkipLine()
        {
            while (!AtEnd && Now != '\n') _at++;
        }

        /// <summary>The key, and past its <c>=</c>; null when the line has none.</summary>
        public string? Key()
        {
            var key = Word();
            SkipBlanks();
            if (key == "export" && Now != '=')
            {
                key = Word();
                SkipBlanks();
            }
            if (key.Length == 0 || char.IsAsciiDigit(key[0]) || Now != '=') return null;
            _at++;
            SkipBlanks();
            return key;
        }

        public string? Value()
        {
            if (Now is not ('"' or '\'')) return Unquoted();
            var quote = Now;
            _at++;
            var value = new StringBuilder();
            for (; ; _at++)
            {
                if (AtEnd) return null;
                if (Now == quote) break;
                if (quote == '"' && Now == '\\' && _at + 1 < text.Length)
                {
                    _at++;
                    value.Append(Now switch { 'n' => "\n", 'r' => "\r", 't' => "\t", '"' => "\"", '\\' => "\\", '$' => "$", var other => $"\\{other}" });
                }
                else
                {
                    value.Append(Now);
                }
            }
            _at++;
            SkipBlanks();
            if (Now == '#') SkipLine();
            return Now == '\n' ? value.ToString() : null;
        }

        private string Unquoted()
        {
            var start = _at;
            while (Now != '\n' && !(Now == '#' && (_at == start || text[_at - 1] is ' ' or '\t'))) _at++;
            var value = text[start.._at].Trim();
            SkipLine();
            return value;
        }

        private string Word()
        {
            var start = _at;
            while (!AtEnd && (char.IsAsciiLetterOrDigit(Now) || Now == '_')) _at++;
            return text[start.._at];
        }

        private void SkipBlanks()
        {
            while (!AtEnd && Now is ' ' or '\t' or '\r') _at++;
        }
    }
}

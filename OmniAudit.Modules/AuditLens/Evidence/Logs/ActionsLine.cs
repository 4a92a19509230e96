using System.Globalization;

namespace OmniAudit.Modules.AuditLens.Evidence.Logs;

/// <summary>What a line of a GitHub Actions log is.</summary>
internal enum ActionsLineKind
{
    Plain,
    Group,
    EndGroup,
    Error,
    Warning,
    Notice,
    Debug,
    /// <summary><c>##[command]</c> and <c>[command]</c>.</summary>
    Command,
    /// <summary><c>::stop-commands::token</c>: no command counts until <c>::token::</c>.</summary>
    StopCommands,
    /// <summary>Another workflow command.</summary>
    Other,
}

/// <summary>
/// One line of a GitHub Actions log, taken apart: the runner's time, a command in either spelling (<c>##[error]text</c> of the runner, <c>::error file=…::text</c> of the step) with
/// its properties unescaped, and the text.
/// Source: docs.github.com, "Workflow commands for GitHub Actions"; actions/runner ActionCommand.cs for the escapes.
/// </summary>
internal readonly record struct ActionsLine(DateTimeOffset? Time, ActionsLineKind Kind, string Text, IReadOnlyDictionary<string, string>? Properties)
{
    private const int MostProperties = 20;

    public static ActionsLine Of(string line)
    {
        var rest = line.AsSpan();
        // Files that were put together have a byte order mark in the middle.
        if (rest.Length > 0 && rest[0] == '\uFEFF') rest = rest[1..];
        var time = TakeTime(ref rest);
        if (rest.Length > 0 && rest[0] == '\uFEFF') rest = rest[1..];

        if (rest.StartsWith("##[")) return OfRunner(time, rest, 3);
        if (rest.StartsWith("[command]")) return new ActionsLine(time, ActionsLineKind.Command, rest[9..].ToString(), null);
        var trimmed = rest.TrimStart();
        // The runner takes a command only at the start of a line, after blanks.
        if (trimmed.StartsWith("::") && trimmed[2..].IndexOf("::") is >= 0 and var end) return OfStep(time, trimmed.Slice(2, end), trimmed[(end + 4)..]);
        if (trimmed.StartsWith("##[")) return OfRunner(time, trimmed, 3);
        return new ActionsLine(time, ActionsLineKind.Plain, rest.ToString(), null);
    }

    /// <summary><c>%25 %0D %0A</c>, and in properties <c>%3A %2C</c>; anything else stays as it is.</summary>
    public static string Unescape(string text, bool property)
    {
        if (!text.Contains('%')) return text;
        text = text.Replace("%0D", "\r", StringComparison.OrdinalIgnoreCase).Replace("%0A", "\n", StringComparison.OrdinalIgnoreCase);
        if (property) text = text.Replace("%3A", ":", StringComparison.OrdinalIgnoreCase).Replace("%2C", ",", StringComparison.OrdinalIgnoreCase);
        // Last: %250A is the text "%0A".
        return text.Replace("%25", "%", StringComparison.Ordinal);
    }

    /// <summary>Takes <c>2024-01-01T00:00:00.1234567Z </c> off the start.</summary>
    private static DateTimeOffset? TakeTime(ref ReadOnlySpan<char> rest)
    {
        if (rest.Length < 20 || rest[4] != '-' || rest[10] != 'T') return null;
        var blank = rest[..Math.Min(rest.Length, 40)].IndexOf(' ');
        var stamp = blank < 0 && rest.Length <= 40 ? rest : blank > 0 ? rest[..blank] : default;
        if (stamp.IsEmpty || stamp[^1] != 'Z' || !DateTimeOffset.TryParse(stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return null;
        rest = blank < 0 ? default : rest[(blank + 1)..];
        return time;
    }

    private static ActionsLine OfRunner(DateTimeOffset? time, ReadOnlySpan<char> rest, int from)
    {
        var close = rest.IndexOf(']');
        if (close < 0) return new ActionsLine(time, ActionsLineKind.Plain, rest.ToString(), null);
        var kind = KindOf(rest[from..close]);
        return kind == ActionsLineKind.Other ? new ActionsLine(time, ActionsLineKind.Plain, rest.ToString(), null) : new ActionsLine(time, kind, rest[(close + 1)..].ToString(), null);
    }

    private static ActionsLine OfStep(DateTimeOffset? time, ReadOnlySpan<char> command, ReadOnlySpan<char> text)
    {
        var blank = command.IndexOf(' ');
        var name = blank < 0 ? command : command[..blank];
        Dictionary<string, string>? properties = null;
        if (blank > 0)
        {
            properties = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var part in command[(blank + 1)..].Split(','))
            {
                var pair = command[(blank + 1)..][part];
                var equals = pair.IndexOf('=');
                if (equals > 0 && properties.Count < MostProperties) properties[pair[..equals].Trim().ToString()] = Unescape(pair[(equals + 1)..].ToString(), property: true);
            }
        }
        return new ActionsLine(time, KindOf(name), Unescape(text.ToString(), property: false), properties);
    }

    private static ActionsLineKind KindOf(ReadOnlySpan<char> name) => name switch
    {
        "error" => ActionsLineKind.Error,
        "warning" => ActionsLineKind.Warning,
        "notice" => ActionsLineKind.Notice,
        "debug" => ActionsLineKind.Debug,
        "group" or "section" => ActionsLineKind.Group,
        "endgroup" => ActionsLineKind.EndGroup,
        "command" => ActionsLineKind.Command,
        "stop-commands" => ActionsLineKind.StopCommands,
        _ => ActionsLineKind.Other,
    };
}

/// <summary>Which job and step an entry of a run's log archive belongs to: <c>job/N_step.txt</c>, or <c>N_job.txt</c> for a whole job.</summary>
internal static class ActionsLogName
{
    /// <summary>GitHub cuts a job's name in the archive at this many UTF-16 units.</summary>
    private const int MostUnits = 90;

    /// <summary>The folder of a job: no <c>/</c> (nor what file names cannot have), cut at 90 units.</summary>
    public static string Folder(string job)
    {
        var name = string.Concat(job.Where(c => c is not ('/' or ':' or '\\' or '<' or '>' or '|' or '*' or '?' or '"')));
        return (name.Length > MostUnits ? name[..MostUnits] : name).Trim();
    }

    /// <summary>Two long names can have one folder; then both match.</summary>
    public static bool IsOf(string entry, string job)
    {
        var slash = entry.IndexOf('/');
        if (slash >= 0) return entry[..slash].Trim() == Folder(job);
        var underscore = entry.IndexOf('_');
        return underscore > 0 && entry.EndsWith(".txt", StringComparison.Ordinal) && entry.AsSpan(0, underscore).IndexOfAnyExceptInRange('0', '9') < 0
            && entry[(underscore + 1)..^4].Trim() == Folder(job);
    }

    /// <summary>The step's number and name; null for a whole job's file.</summary>
    public static (int Number, string Name)? Step(string entry)
    {
        var slash = entry.LastIndexOf('/');
        var file = entry[(slash + 1)..];
        var underscore = file.IndexOf('_');
        return slash >= 0 && underscore > 0 && file.EndsWith(".txt", StringComparison.Ordinal) && int.TryParse(file.AsSpan(0, underscore), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (number, file[(underscore + 1)..^4])
            : null;
    }
}

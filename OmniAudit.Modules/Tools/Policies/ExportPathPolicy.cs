using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Tools.Policies;

/// <summary>
/// Where exports may be written: a relative path below REPORTS_ROOT, in plain characters, through real directories only.
/// The answer holds for the moment it is given; whoever writes asks again just before the file appears.
/// </summary>
internal sealed class ExportPathPolicy(OmniAuditOptions options)
{
    private const int MaxDepth = 8;
    private const int MaxSegment = 120;

    private static readonly HashSet<string> DeviceNames = new(
        ["con", "prn", "aux", "nul", .. Enumerable.Range(0, 10).SelectMany(n => new[] { $"com{n}", $"lpt{n}" })], StringComparer.OrdinalIgnoreCase);

    /// <summary>The exports directory, absolute.</summary>
    public string Root { get; } = options.InData(options.ReportsRoot, "exports");

    public PolicyVerdict Check(string destination) => Resolve(destination, out _);

    /// <param name="fullPath">The absolute path to write to; empty when denied.</param>
    public PolicyVerdict Resolve(string destination, out string fullPath)
    {
        fullPath = "";
        if (destination.Length is 0 or > 400) return Deny("must have 1 to 400 characters");
        if (destination.StartsWith('/') || destination.StartsWith('~')) return Deny("must be relative to the exports directory");
        if (destination.Contains('\\', StringComparison.Ordinal)) return Deny("must use / between directories");
        if (destination.Contains(':', StringComparison.Ordinal)) return Deny("must not name a drive or a stream");
        if (destination.EndsWith('/')) return Deny("must end in a file name");
        var segments = destination.Split('/');
        if (segments.Length > MaxDepth) return Deny($"must not be deeper than {MaxDepth} levels");
        foreach (var segment in segments)
        {
            if (segment is ".." or ".") return Deny("must not leave the exports directory (no . or .. parts)");
            if (segment.Length is 0 or > MaxSegment) return Deny($"must have 1 to {MaxSegment} characters between slashes");
            if (!char.IsAsciiLetterOrDigit(segment[0]) || segment[^1] is '.' or ' ' || !segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ' ' or '(' or ')' or '+' or '=' or '@'))
                return Deny("must be made of letters, digits and . _ - + = @ ( ) with a letter or digit first");
            if (DeviceNames.Contains(segment.Split('.')[0].TrimEnd())) return Deny($"must not use the reserved name '{segment}'");
        }

        var path = Root;
        for (var i = 0; i < segments.Length; i++)
        {
            path = Path.Combine(path, segments[i]);
            var last = i == segments.Length - 1;
            // A dangling link does not "exist"; its target is asked for first.
            var file = new FileInfo(path);
            if (file.LinkTarget is not null || new DirectoryInfo(path).LinkTarget is not null) return Deny($"must not go through the link '{segments[i]}'");
            if (!last && file.Exists) return Deny($"goes through '{segments[i]}', which is a file");
            if (last && Directory.Exists(path)) return Deny("names an existing directory");
        }
        fullPath = path;
        return PolicyVerdict.Allow;

        static PolicyVerdict Deny(string rule) => PolicyVerdict.Deny("export_path_denied", $"The destination {rule}.");
    }
}

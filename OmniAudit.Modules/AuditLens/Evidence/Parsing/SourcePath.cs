namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>Paths of files as tools write them, made comparable.</summary>
internal static class SourcePath
{
    /// <summary>
    /// With <c>/</c>, without <c>./</c>, <c>file://</c> and the places where GitHub's runners check out (<c>/home/runner/work/r/r/</c>, <c>D:\a\r\r\</c>, <c>/github/workspace/</c>, <c>/__w/r/r/</c>).
    /// </summary>
    public static string Normalise(string path)
    {
        path = path.Trim().Trim('"');
        if (path.StartsWith("file://", StringComparison.OrdinalIgnoreCase))
        {
            path = path[7..];
            // file:///C:/x is C:/x; file:///home is /home.
            if (path.Length > 2 && path[0] == '/' && path[2] == ':') path = path[1..];
        }
        path = path.Replace('\\', '/');
        path = AfterCheckout(path);
        while (path.StartsWith("./", StringComparison.Ordinal)) path = path[2..];
        return path.Contains("/../", StringComparison.Ordinal) || path.Contains("/./", StringComparison.Ordinal) || path.Contains("//", StringComparison.Ordinal) ? WithoutDots(path) : path;
    }

    private static string AfterCheckout(string path)
    {
        foreach (var root in (ReadOnlySpan<string>)["/home/runner/work/", "/Users/runner/work/", "/__w/", "D:/a/", "C:/a/", "/runner/_work/", "/actions-runner/_work/"])
        {
            if (!path.StartsWith(root, StringComparison.OrdinalIgnoreCase)) continue;
            var parts = path[root.Length..].Split('/', 3);
            return parts.Length == 3 && parts[0] == parts[1] ? parts[2] : path;
        }
        return path.StartsWith("/github/workspace/", StringComparison.Ordinal) ? path["/github/workspace/".Length..] : path;
    }

    private static string WithoutDots(string path)
    {
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0) return path;
        var kept = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part == ".." && kept.Count > 0 && kept[^1] is not ("" or "..")) kept.RemoveAt(kept.Count - 1);
            else if (part != "." && (part.Length > 0 || kept.Count == 0)) kept.Add(part);
        }
        return string.Join('/', kept);
    }
}

using System.Text.RegularExpressions;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>A parsed reference. Every form ends in the SHA-256 of the content, so whatever is read can be checked.</summary>
internal abstract partial record ObjectAddress(string Sha256)
{
    /// <summary><c>local://sha256/&lt;hex&gt;</c>.</summary>
    public sealed record Local(string Sha256) : ObjectAddress(Sha256);

    /// <summary><c>s3://bucket/key</c>, the key's last segment beginning with the SHA-256.</summary>
    public sealed record S3(string Bucket, string Key, string Sha256) : ObjectAddress(Sha256);

    /// <summary>A file path, as the Python original stored it; the file name begins with the SHA-256.</summary>
    public sealed record LegacyPath(string Path, string Sha256) : ObjectAddress(Sha256);

    /// <summary>Null when the text has none of the three forms.</summary>
    public static ObjectAddress? TryParse(string reference)
    {
        if (reference.Length > 1024 || reference.Any(char.IsControl)) return null;
        if (reference.StartsWith("local://", StringComparison.Ordinal))
        {
            var match = LocalForm().Match(reference);
            return match.Success ? new Local(match.Groups[1].Value) : null;
        }
        if (reference.StartsWith("s3://", StringComparison.Ordinal))
        {
            var match = S3Form().Match(reference);
            return match.Success ? new S3(match.Groups["bucket"].Value, match.Groups["key"].Value, match.Groups["sha"].Value) : null;
        }
        var name = NameForm().Match(reference);
        return name.Success && !reference.Contains("://", StringComparison.Ordinal) ? new LegacyPath(reference, name.Groups["sha"].Value) : null;
    }

    [GeneratedRegex(@"\Alocal://sha256/([0-9a-f]{64})\z", RegexOptions.NonBacktracking)]
    private static partial Regex LocalForm();

    [GeneratedRegex(@"\As3://(?<bucket>[a-z0-9][a-z0-9.-]{1,62})/(?<key>(?:[^/]+/)*(?<sha>[0-9a-f]{64})(?:[._-][^/]*)?)\z", RegexOptions.NonBacktracking)]
    private static partial Regex S3Form();

    [GeneratedRegex(@"(?:\A|/)(?<sha>[0-9a-f]{64})(?:[._-][^/]*)?\z", RegexOptions.NonBacktracking)]
    private static partial Regex NameForm();
}

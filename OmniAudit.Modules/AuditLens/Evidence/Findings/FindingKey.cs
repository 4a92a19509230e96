using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace OmniAudit.Modules.AuditLens.Evidence.Findings;

/// <summary>What makes two reports of a fault the same fault, whatever the format, the job and the line.</summary>
internal static class FindingKey
{
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>
    /// Tests by name, vulnerabilities by advisory, package and file, secrets by rule and file, the rest by file and message. Neither tool nor line is a part: text, SARIF and annotations of one
    /// compiler agree, and lines move.
    /// </summary>
    public static string Of(EvidenceFinding finding) => finding.Kind switch
    {
        FindingKind.TestFailure => $"test\n{TestOf(finding.Test ?? finding.Title)}",
        FindingKind.Vulnerability => $"vulnerability\n{finding.Rule}\n{finding.Package?.Name}\n{finding.File?.TrimStart('/')}",
        FindingKind.Secret => $"secret\n{finding.Rule}\n{finding.File}",
        FindingKind.Audit => $"audit\n{finding.Rule}\n{finding.File}",
        _ => $"code\n{finding.File}\n{Message(finding.Message)}",
    };

    /// <summary><c>fnd_</c> and twenty hexadecimal digits; <paramref name="ordinal"/> tells faults of one key apart, in order of their lines.</summary>
    public static string Id(string key, int ordinal) => "fnd_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{key}\n{ordinal}")))[..20];

    /// <summary>
    /// One name for a test from its report and from the runner's output: <c>tests/test_a.py::T::x</c> is <c>tests.test_a.T.x</c>, <c>suite › name</c> is <c>suite.name</c>.
    /// </summary>
    public static string TestOf(string name)
    {
        name = name.Replace(".py::", "::", StringComparison.Ordinal).Replace(" › ", ".", StringComparison.Ordinal).Replace(" > ", ".", StringComparison.Ordinal);
        var canonical = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            var part = c is '/' or '\\' or ':' or '#' or ' ' or '.' or '$' or '+' ? '.' : c;
            if (part != '.' || (canonical.Length > 0 && canonical[^1] != '.')) canonical.Append(part);
        }
        return canonical.ToString().TrimEnd('.');
    }

    /// <summary>
    /// The first line of a message with what differs from run to run taken out: numbers by themselves, hexadecimal addresses, GUIDs. Digits inside words (<c>CS0618</c>, <c>utf8</c>) stay.
    /// </summary>
    public static string Message(string message)
    {
        var line = Text.EvidenceText.FirstLine(message);
        var stable = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length;)
        {
            var c = line[i];
            if (char.IsWhiteSpace(c))
            {
                if (stable.Length > 0 && stable[^1] != ' ') stable.Append(' ');
                i++;
                continue;
            }
            if (!char.IsLetterOrDigit(c) && c != '_')
            {
                stable.Append(c);
                i++;
                continue;
            }
            var end = i;
            while (end < line.Length && (char.IsLetterOrDigit(line[end]) || line[end] == '_')) end++;
            var word = line.AsSpan(i, end - i);
            stable.Append(Volatile(word) ? "#" : word);
            i = end;
        }
        return stable.ToString().TrimEnd();
    }

    private static bool Volatile(ReadOnlySpan<char> word)
    {
        if (word.IndexOfAnyExceptInRange('0', '9') < 0) return true;
        if (word.StartsWith("0x") && word.Length > 2) return true;
        // 12ms, 3s
        var digits = word.IndexOfAnyExceptInRange('0', '9');
        if (digits > 0 && word[digits..] is "ms" or "s" or "m" or "us" or "ns" or "kb" or "mb") return true;
        // A part of a GUID, or a hash.
        return word.Length >= 8 && word.ContainsAnyInRange('0', '9') && word.IndexOfAnyExcept(Hex) < 0;
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Xml;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// Reads a piece of evidence by the parser that is asked for or that fits. Malformed evidence is an answer with a problem in it and everything that was read before; only I/O faults and
/// cancellation are exceptions. The stream is read once, forwards, and stays open.
/// </summary>
internal static class EvidenceReader
{
    private static readonly SearchValues<char> NameEnds = SearchValues.Create(" \t\r\n/>");

    private const int HeadBytes = 16 << 10;

    /// <summary>Every parser; of two that are equally sure the earlier one reads.</summary>
    public static IReadOnlyList<EvidenceParser> Parsers { get; } =
    [
        new SarifParser(), new JUnitParser(), new TrxParser(), new NUnitParser(), new XUnitParser(), new CheckstyleParser(), new PmdParser(), new SpotBugsParser(),
        new DeterministicParser(), new ConsoleParser(), new LighthouseParser(), new AxeParser(), new CtrfParser(), new EslintParser(), new StylelintParser(),
        new TrivyParser(), new GrypeParser(), new GitleaksParser(), new NpmAuditParser(), new CargoAuditParser(), new DotnetVulnerableParser(),
        new JestParser(), new MochaParser(), new RSpecParser(), new GoTestParser(), new DartParser(), new RdjsonParser(), new CodeClimateParser(), new CheckAnnotationsParser(),
        new TapParser(), new DiffParser(), new ActionsLogParser(), new CompilerParser(),
    ];

    /// <summary><c>auto</c> and every profile's name.</summary>
    public static IReadOnlyList<string> Profiles { get; } = ["auto", .. Parsers.Select(p => p.Profile)];

    /// <summary>The parser of that name or alias, whatever its case and dashes; null when there is none.</summary>
    public static EvidenceParser? Find(string profile)
    {
        var name = profile.Trim().ToLowerInvariant().Replace('-', '_').Replace(' ', '_');
        return Parsers.FirstOrDefault(p => p.Profile == name || p.Aliases.Contains(name, StringComparer.Ordinal));
    }

    /// <summary>Reads <paramref name="content"/>; <paramref name="profile"/> is one of <see cref="Profiles"/>.</summary>
    public static ParsedEvidence Read(Stream content, EvidenceSource source, string profile = "auto", ParseBounds? bounds = null, CancellationToken cancellationToken = default)
    {
        bounds ??= ParseBounds.Default;
        var head = new byte[HeadBytes];
        var length = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        EvidenceParser? parser;
        if (string.IsNullOrWhiteSpace(profile) || profile.Trim().Equals("auto", StringComparison.OrdinalIgnoreCase))
        {
            parser = Detect(source.FileName, head.AsSpan(0, length));
            if (parser is null) return Nothing(length == 0 ? "The file is empty." : "No parser knows this format. Name a profile to read it anyway.", "unknown_format");
        }
        else
        {
            parser = Find(profile);
            if (parser is null) return Nothing($"There is no profile '{profile}'. Use one of: {string.Join(", ", Profiles)}.", "unknown_profile");
        }
        var sink = new ParseSink(source, parser.Profile, bounds);
        try
        {
            parser.Parse(new PrefixedStream(head.AsMemory(0, length), content), sink, cancellationToken);
            if (length == 0) sink.Problem("malformed", "The file is empty.");
        }
        catch (XmlException malformed)
        {
            sink.Problem("malformed", malformed.Message, malformed.LineNumber, malformed.LinePosition);
        }
        catch (JsonException malformed)
        {
            sink.Problem("malformed", malformed.Message, (malformed.LineNumber ?? -1) + 1, (malformed.BytePositionInLine ?? -1) + 1);
        }
        catch (Exception malformed) when (malformed is FormatException or InvalidOperationException or ArgumentException or OverflowException or NotSupportedException)
        {
            sink.Problem("malformed", malformed.Message);
        }
        return sink.Finish();

        static ParsedEvidence Nothing(string why, string code) => new("unknown", [], [], [new ParseProblem(code, why)], [], []);
    }

    /// <summary>The surest parser by name and start; null when none is.</summary>
    internal static EvidenceParser? Detect(string fileName, ReadOnlySpan<byte> start)
    {
        var head = HeadOf(fileName, start);
        EvidenceParser? best = null;
        var surest = 0;
        foreach (var parser in Parsers)
        {
            var sure = parser.Recognises(head);
            if (sure <= surest) continue;
            surest = sure;
            best = parser;
        }
        return best;
    }

    private static EvidenceHead HeadOf(string fileName, ReadOnlySpan<byte> start)
    {
        var encoding = start.Length >= 2 && (start[0], start[1]) is (0xFF, 0xFE) ? Encoding.Unicode : start.Length >= 2 && (start[0], start[1]) is (0xFE, 0xFF) ? Encoding.BigEndianUnicode : Encoding.UTF8;
        var text = encoding.GetString(start).TrimStart('\uFEFF');
        var trimmed = text.AsSpan().TrimStart();
        var name = fileName[(fileName.LastIndexOfAny(['/', '\\']) + 1)..].ToLowerInvariant();
        return new EvidenceHead(name, text, trimmed.StartsWith("<") ? RootOf(trimmed) : null, trimmed.Length > 0 && trimmed[0] is '{' or '[' ? trimmed[0] : null);
    }

    /// <summary>The first element's name without its prefix, after declarations, comments and a document type.</summary>
    private static string? RootOf(ReadOnlySpan<char> text)
    {
        while (text.StartsWith("<"))
        {
            if (text.StartsWith("<!--"))
            {
                var close = text.IndexOf("-->");
                if (close < 0) return null;
                text = text[(close + 3)..].TrimStart();
            }
            else if (text.Length > 1 && text[1] is '?' or '!')
            {
                var subset = text.IndexOf('[');
                var close = text.IndexOf('>');
                if (subset >= 0 && subset < close)
                {
                    var end = text.IndexOf("]>");
                    close = end < 0 ? -1 : end + 1;
                }
                if (close < 0) return null;
                text = text[(close + 1)..].TrimStart();
            }
            else
            {
                var name = text[1..];
                var end = name.IndexOfAny(NameEnds);
                if (end >= 0) name = name[..end];
                var colon = name.IndexOf(':');
                return name[(colon + 1)..].ToString();
            }
        }
        return null;
    }
}

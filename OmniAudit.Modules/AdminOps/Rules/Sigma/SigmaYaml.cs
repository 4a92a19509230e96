using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>A value in a rule's YAML, with its line.</summary>
internal abstract record SigmaNode(int Line)
{
    /// <summary>A scalar's text; null for anything else and for YAML's null.</summary>
    public string? Text => (this as SigmaScalar)?.Value;
}

/// <param name="Value">Null when the YAML says so (nothing, <c>null</c> or <c>~</c>, unquoted).</param>
internal sealed record SigmaScalar(string? Value, int Line) : SigmaNode(Line);

internal sealed record SigmaList(IReadOnlyList<SigmaNode> Items, int Line) : SigmaNode(Line);

/// <summary>In the order it stands; keys are compared as written.</summary>
internal sealed record SigmaMap(IReadOnlyList<KeyValuePair<string, SigmaNode>> Entries, int Line) : SigmaNode(Line)
{
    public SigmaNode? this[string key] => Entries.FirstOrDefault(e => e.Key == key).Value;
}

/// <summary>
/// Sigma's YAML as trees, one a document. Bounded in size, depth and values; anchors and aliases are refused, so a small file stays a small tree.
/// </summary>
internal static class SigmaYaml
{
    public const int MostCharacters = 1 << 20;
    public const int MostDocuments = 500;
    private const int MostDepth = 20;
    private const int MostNodes = 50_000;

    /// <exception cref="SigmaRefusedException">It is not such YAML; the message names the line.</exception>
    public static IReadOnlyList<SigmaMap> Read(string text)
    {
        if (text.Length > MostCharacters) throw new SigmaRefusedException("sigma", $"{text.Length:N0} characters; at most {MostCharacters:N0} are read. Import fewer rules at once.");
        var (documents, nodes) = (new List<SigmaMap>(), 0);
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            while (!parser.TryConsume<StreamEnd>(out _))
            {
                parser.Consume<DocumentStart>();
                var line = (int)parser.Current!.Start.Line;
                var root = Node(parser, 0, ref nodes);
                parser.Consume<DocumentEnd>();
                if (root is SigmaScalar { Value: null or "" }) continue;
                documents.Add(root as SigmaMap ?? throw new SigmaRefusedException("sigma", $"line {line}: a rule is a list of names and values such as 'title: …', not a text or a list."));
                if (documents.Count > MostDocuments) throw new SigmaRefusedException("sigma", $"more than {MostDocuments} documents; import fewer at once.");
            }
        }
        catch (YamlException malformed)
        {
            throw new SigmaRefusedException("sigma", $"line {malformed.Start.Line}: {malformed.Message}");
        }
        return documents;
    }

    private static SigmaNode Node(IParser parser, int depth, ref int nodes)
    {
        var line = (int)parser.Current!.Start.Line;
        if (depth > MostDepth) throw new SigmaRefusedException("sigma", $"line {line}: nested more than {MostDepth} deep.");
        if (++nodes > MostNodes) throw new SigmaRefusedException("sigma", $"line {line}: more than {MostNodes:N0} values.");
        if (parser.Current is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias) throw new SigmaRefusedException("sigma", $"line {line}: anchors and aliases are not read; write the value out.");
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return new SigmaScalar(scalar is { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or "Null" or "NULL" } ? null : scalar.Value, line);
        }
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<SigmaNode>();
            while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(parser, depth + 1, ref nodes));
            return new SigmaList(items, line);
        }
        parser.Consume<MappingStart>();
        var (entries, seen) = (new List<KeyValuePair<string, SigmaNode>>(), new HashSet<string>(StringComparer.Ordinal));
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key)) throw new SigmaRefusedException("sigma", $"line {parser.Current!.Start.Line}: a key must be a word.");
            if (!seen.Add(key.Value)) throw new SigmaRefusedException("sigma", $"line {key.Start.Line}: '{key.Value}' stands there twice.");
            entries.Add(new(key.Value, Node(parser, depth + 1, ref nodes)));
        }
        return new SigmaMap(entries, line);
    }
}

/// <summary>A rule that cannot be used; the message begins with the field and says what to change.</summary>
public sealed class SigmaRefusedException(string field, string message) : Exception($"{field}: {message}")
{
    /// <summary>The part of the rule, such as <c>detection.condition</c>.</summary>
    public string Field { get; } = field;
}

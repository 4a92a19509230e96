using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OmniAudit.Modules.AuditLens.Triage.Templates;

/// <summary>
/// YAML from a repository as a tree: mappings are objects, sequences arrays, every scalar a text as it stands. Anchors, aliases, tags of other types and a second document are refused, so a small file
/// stays a small tree.
/// </summary>
internal static class YamlTree
{
    private const int MostDepth = 20;
    private const int MostNodes = 5_000;

    /// <exception cref="FormatException">It is not such YAML; the message names the line.</exception>
    public static JsonNode? Read(string text)
    {
        var nodes = 0;
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) return null;
            parser.Consume<DocumentStart>();
            var tree = Node(parser, 0, ref nodes);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _)) throw new FormatException("There is more than one document.");
            return tree;
        }
        catch (YamlException malformed)
        {
            throw new FormatException($"Line {malformed.Start.Line}: {malformed.Message}", malformed);
        }
    }

    private static JsonNode? Node(IParser parser, int depth, ref int nodes)
    {
        var at = parser.Current!.Start.Line;
        if (depth > MostDepth) throw new FormatException($"Line {at}: nested more than {MostDepth} deep.");
        if (++nodes > MostNodes) throw new FormatException($"Line {at}: more than {MostNodes} values.");
        if (parser.Current is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias) throw new FormatException($"Line {at}: anchors and aliases are not read.");
        if (parser.TryConsume<Scalar>(out var scalar)) return JsonValue.Create(scalar.Value);
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(parser, depth + 1, ref nodes));
            return items;
        }
        parser.Consume<MappingStart>();
        var members = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key)) throw new FormatException($"Line {parser.Current!.Start.Line}: a key must be a word.");
            if (members.ContainsKey(key.Value)) throw new FormatException($"Line {key.Start.Line}: '{key.Value}' stands there twice.");
            members[key.Value] = Node(parser, depth + 1, ref nodes);
        }
        return members;
    }
}

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>A <c>release.yml</c> that cannot be taken; the message names the line.</summary>
internal sealed class ReleaseConfigException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Reads <c>release.yml</c>. What GitHub's form does not have is an error: notes that ignore half of what a repository asks for look right and are not.</summary>
internal static class ReleaseConfigReader
{
    /// <summary>A larger file is no list of categories.</summary>
    public const int MostBytes = 64 * 1024;

    private const int MostDepth = 10;

    /// <exception cref="ReleaseConfigException">It is no YAML, or not of GitHub's form.</exception>
    public static ReleaseConfig Read(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) return ReleaseConfig.None;
            parser.Consume<DocumentStart>();
            var root = Node(parser, 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _)) throw new ReleaseConfigException($"line {parser.Current!.Start.Line}: a second document; GitHub reads one.");
            if (root is Text { Value: "" }) return ReleaseConfig.None;
            var changelog = Member(Map(root, "the file", "changelog"), "changelog");
            if (changelog is null or Text { Value: "" or "~" or "null" }) return ReleaseConfig.None;
            var map = Map(changelog, "changelog", "exclude", "categories");
            return new ReleaseConfig(Filter(Member(map, "exclude"), "changelog.exclude"), [.. Items(Member(map, "categories"), "changelog.categories").Select((c, i) => Category(c, $"changelog.categories[{i}]"))]);
        }
        catch (YamlException broken)
        {
            throw new ReleaseConfigException($"line {broken.Start.Line}: {broken.Message}", broken);
        }
    }

    private static NotesCategory Category(Value value, string at)
    {
        var map = Map(value, at, "title", "labels", "exclude");
        var title = Member(map, "title") is Text { Value.Length: > 0 } text ? text.Value : throw Wrong(value, $"{at} needs a title");
        var labels = Texts(Member(map, "labels"), $"{at}.labels");
        if (labels.Count == 0) throw Wrong(value, $"{at} needs labels");
        return new NotesCategory(title, labels, Filter(Member(map, "exclude"), $"{at}.exclude"));
    }

    private static NotesFilter Filter(Value? value, string at)
    {
        if (value is null or Text { Value: "" }) return NotesFilter.Nothing;
        var map = Map(value, at, "labels", "authors");
        return new NotesFilter(Texts(Member(map, "labels"), $"{at}.labels"), Texts(Member(map, "authors"), $"{at}.authors"));
    }

    private static IReadOnlyList<string> Texts(Value? value, string at) =>
        [.. Items(value, at).Select(i => i is Text { Value.Length: > 0 } text ? text.Value : throw Wrong(i, $"{at} must be a list of texts"))];

    private static IReadOnlyList<Value> Items(Value? value, string at) => value switch
    {
        null or Text { Value: "" } => [],
        Sequence list => list.Items,
        _ => throw Wrong(value, $"{at} must be a list"),
    };

    private static Mapping Map(Value value, string at, params string[] known)
    {
        if (value is not Mapping map) throw Wrong(value, $"{at} must be a mapping with {string.Join(", ", known)}");
        foreach (var (name, member) in map.Members)
            if (!known.Contains(name, StringComparer.Ordinal)) throw Wrong(member, $"{at} has '{(name.Length <= 60 ? name : name[..60])}', which is not known; it takes {string.Join(", ", known)}");
        return map;
    }

    private static Value? Member(Mapping map, string name) => map.Members.FirstOrDefault(m => m.Name == name).Value;

    private static Value Node(Parser parser, int depth)
    {
        if (depth > MostDepth) throw new ReleaseConfigException($"line {parser.Current?.Start.Line}: it is nested too deeply");
        if (parser.TryConsume<Scalar>(out var scalar)) return new Text(scalar.Start.Line, scalar.Value);
        if (parser.TryConsume<SequenceStart>(out var list))
        {
            var items = new List<Value>();
            while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(parser, depth + 1));
            return new Sequence(list.Start.Line, items);
        }
        if (parser.TryConsume<MappingStart>(out var map))
        {
            var members = new List<(string, Value)>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (Node(parser, depth + 1) is not Text name) throw new ReleaseConfigException($"line {map.Start.Line}: a name must be a text");
                if (members.Any(m => m.Item1 == name.Value)) throw Wrong(name, $"'{name.Value}' stands there twice");
                members.Add((name.Value, Node(parser, depth + 1)));
            }
            return new Mapping(map.Start.Line, members);
        }
        // An alias: who refers to one hundred times grows without growing.
        throw new ReleaseConfigException($"line {parser.Current?.Start.Line}: references (&, *) are not read; write the value out (a star as a label stands in quotes: \"*\")");
    }

    private static ReleaseConfigException Wrong(Value value, string what) => new($"line {value.Line}: {what}");

    private abstract record Value(long Line);

    private sealed record Text(long Line, string Value) : ReleaseConfigReader.Value(Line);

    private sealed record Sequence(long Line, IReadOnlyList<Value> Items) : Value(Line);

    private sealed record Mapping(long Line, IReadOnlyList<(string Name, Value Value)> Members) : Value(Line);
}

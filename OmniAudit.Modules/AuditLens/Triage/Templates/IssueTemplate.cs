using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AuditLens.Triage.Templates;

/// <summary>One field of an issue form (docs.github.com, "Syntax for GitHub's form schema").</summary>
/// <param name="Type"><c>markdown</c>, <c>input</c>, <c>textarea</c>, <c>dropdown</c>, <c>checkboxes</c> or <c>upload</c>.</param>
/// <param name="Label">The heading in the issue.</param>
/// <param name="Value">What it holds from the start.</param>
/// <param name="Render">The language of a code block, or empty.</param>
/// <param name="Options">With whether each is required (checkboxes).</param>
internal sealed record TemplateField(string Type, string Id, string Label, string Value, string Render, bool Required, bool Multiple, IReadOnlyList<(string Label, bool Required)> Options);

/// <summary>How issues of a repository, or ours, are written.</summary>
/// <param name="Id">The file's name, or <c>ours/…</c>.</param>
/// <param name="Title">What titles begin with.</param>
/// <param name="Fields">Of a form; empty for text.</param>
/// <param name="Text">Of a Markdown template; empty for a form.</param>
internal sealed partial record IssueTemplate(string Id, string Name, string Title, IReadOnlyList<string> Labels, IReadOnlyList<string> Assignees, IReadOnlyList<TemplateField> Fields, string Text)
{
    private static readonly string[] Types = ["markdown", "input", "textarea", "dropdown", "checkboxes", "upload"];

    /// <summary>Reads <c>.github/ISSUE_TEMPLATE/*.yml</c>.</summary>
    /// <exception cref="FormatException">It is no form; the message says why.</exception>
    public static IssueTemplate OfForm(string id, string yaml)
    {
        if (YamlTree.Read(yaml) is not JsonObject form) throw new FormatException("It is no form.");
        if (form["body"] is not JsonArray body || body.Count == 0) throw new FormatException("body: must be a list of fields.");
        return new IssueTemplate(id, Word(form, "name"), Word(form, "title"), Words(form["labels"]), Words(form["assignees"]), [.. body.Select((f, i) => FieldOf(f, i + 1))], "");
    }

    /// <summary>Reads <c>.github/ISSUE_TEMPLATE/*.md</c>: YAML between two lines of dashes, then Markdown.</summary>
    /// <exception cref="FormatException">The YAML cannot be read.</exception>
    public static IssueTemplate OfMarkdown(string id, string markdown)
    {
        markdown = markdown.TrimStart('\uFEFF').ReplaceLineEndings("\n");
        var front = FrontMatter().Match(markdown);
        if (!front.Success) return new IssueTemplate(id, "", "", [], [], [], markdown.Trim());
        var head = YamlTree.Read(front.Groups["yaml"].Value) as JsonObject ?? [];
        return new IssueTemplate(id, Word(head, "name"), Word(head, "title"), Words(head["labels"]), Words(head["assignees"]), [], markdown[front.Length..].Trim());
    }

    private static TemplateField FieldOf(JsonNode? node, int number)
    {
        if (node is not JsonObject field || Word(field, "type") is not { Length: > 0 } type) throw new FormatException($"body[{number}]: must be a field with a type.");
        if (!Types.Contains(type, StringComparer.Ordinal)) throw new FormatException($"body[{number}]: '{type}' is no type of field; there are {string.Join(", ", Types)}.");
        var attributes = field["attributes"] as JsonObject ?? [];
        var options = (attributes["options"] as JsonArray ?? []).Select(o => o is JsonObject option ? (Word(option, "label"), Is(option, "required")) : (o?.ToString() ?? "", false)).ToList();
        var label = Word(attributes, "label");
        if (type != "markdown" && label.Length == 0) throw new FormatException($"body[{number}]: attributes.label is missing.");
        var value = Word(attributes, "value");
        if (type == "dropdown" && int.TryParse(Word(attributes, "default"), out var index) && index >= 0 && index < options.Count) value = options[index].Item1;
        return new TemplateField(type, Word(field, "id"), label, value, Word(attributes, "render"), field["validations"] is JsonObject rules && Is(rules, "required"), Is(attributes, "multiple"), options);
    }

    private static bool Is(JsonObject node, string name) => Word(node, name).Equals("true", StringComparison.OrdinalIgnoreCase);

    private static string Word(JsonObject node, string name) => node[name] is JsonValue value ? value.ToString() : "";

    /// <summary>A list, or words with commas between.</summary>
    private static string[] Words(JsonNode? node) => node switch
    {
        JsonArray list => [.. list.OfType<JsonValue>().Select(v => v.ToString().Trim()).Where(v => v.Length > 0)],
        JsonValue text => text.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => [],
    };

    [GeneratedRegex(@"^---[ \t]*\n(?<yaml>(.*\n)*?)---[ \t]*(\n|\z)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex FrontMatter();
}

using System.Text;

namespace OmniAudit.Modules.AuditLens.Triage.Templates;

/// <summary>An issue as it will be sent.</summary>
/// <param name="Missing">Fields that the form requires and nobody filled, by label.</param>
internal sealed record FilledIssue(string Title, string Body, IReadOnlyList<string> Labels, IReadOnlyList<string> Assignees, IReadOnlyList<string> Missing);

/// <summary>
/// Writes an issue by a template. A caller's text fills a field with a section of its name (<c>### Label</c>); what stands before the first such section goes into the first free text area. Findings go
/// into the next free one, else under a heading of their own. Boxes stay unticked: only a person can promise.
/// </summary>
internal static class TemplateFill
{
    /// <summary>What GitHub writes into a field that was left out.</summary>
    private const string Nothing = "_No response_";

    /// <param name="findings">Markdown that says what was found; empty for none.</param>
    /// <exception cref="FormatException">A section's text does not fit its field; the message names it.</exception>
    public static FilledIssue Write(IssueTemplate template, string title, string body, string findings, IReadOnlyList<string> labels, IReadOnlyList<string> assignees)
    {
        if (template.Title.Length > 0 && !title.StartsWith(template.Title.Trim(), StringComparison.OrdinalIgnoreCase)) title = $"{template.Title.TrimEnd()} {title}";
        var missing = new List<string>();
        var text = template.Fields.Count > 0 ? Form(template, body, findings, missing) : Markdown(template.Text, body, findings);
        return new FilledIssue(title, text, Union(template.Labels, labels), Union(template.Assignees, assignees), missing);
    }

    /// <summary>As GitHub renders a form that was sent: a heading and a text for each field, the form's own explanations left out.</summary>
    private static string Form(IssueTemplate template, string body, string findings, List<string> missing)
    {
        var fields = template.Fields.Where(f => f.Type != "markdown").ToList();
        var (rest, sections) = Sections(body, fields.Select(f => f.Label));
        var values = fields.ToDictionary(f => f, f => sections.GetValueOrDefault(Key(f.Label)) ?? "");
        // What no field takes stands below the form under a heading of its own.
        var below = new[] { ("Details", rest), ("Findings", findings) }.Where(t => t.Item2.Length > 0 && !Placed(t.Item2)).ToList();
        var written = new StringBuilder();
        foreach (var field in fields)
        {
            var value = values[field].Length > 0 ? values[field] : field.Value.Trim();
            if (value.Length == 0 && field.Required && field.Type is not "checkboxes") missing.Add(field.Label);
            Section(field.Label, field.Type switch
            {
                "checkboxes" => string.Join('\n', field.Options.Select(o => $"- [ ] {o.Label}")),
                "dropdown" => Choice(field, value),
                "textarea" when field.Render.Length > 0 && value.Length > 0 => Fence(value, field.Render),
                _ => value,
            });
        }
        foreach (var (heading, text) in below) Section(heading, text);
        return written.ToString().TrimEnd();

        bool Placed(string text)
        {
            if (fields.Find(f => f is { Type: "textarea", Render: "" } && values[f].Length == 0) is not { } free) return false;
            values[free] = text;
            return true;
        }

        void Section(string label, string text) => written.Append("### ").Append(label).Append("\n\n").Append(text.Length > 0 ? text : Nothing).Append("\n\n");
    }

    /// <summary>A section of the caller's replaces what stands under the same heading; the rest of the text comes first, findings last.</summary>
    private static string Markdown(string template, string body, string findings)
    {
        var lines = template.Length == 0 ? [] : template.Split('\n');
        var (rest, sections) = Sections(body, lines.Select(Heading).OfType<string>());
        var written = new List<string>();
        if (rest.Length > 0) written.AddRange([rest, ""]);
        for (var i = 0; i < lines.Length; i++)
        {
            written.Add(lines[i]);
            if (Heading(lines[i]) is not { } heading || !sections.Remove(Key(heading), out var text)) continue;
            written.AddRange(["", text, ""]);
            while (i + 1 < lines.Length && Heading(lines[i + 1]) is null) i++;
        }
        var filled = string.Join('\n', written).Trim();
        return findings.Length == 0 ? filled : Join(filled, $"### Findings\n\n{findings}");
    }

    /// <summary>The text before the first known heading, and the text under each.</summary>
    private static (string First, Dictionary<string, string> ByHeading) Sections(string body, IEnumerable<string> labels)
    {
        var known = labels.Select(Key).ToHashSet(StringComparer.Ordinal);
        var rest = new StringBuilder();
        var sections = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        var into = rest;
        var fenced = false;
        foreach (var line in body.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) fenced = !fenced;
            if (!fenced && Heading(line) is { } heading && known.Contains(Key(heading)))
            {
                if (!sections.TryGetValue(Key(heading), out var same)) sections[Key(heading)] = same = new StringBuilder();
                into = same;
                continue;
            }
            into.Append(line).Append('\n');
        }
        return (rest.ToString().Trim(), sections.ToDictionary(s => s.Key, s => s.Value.ToString().Trim(), StringComparer.Ordinal));
    }

    private static string Choice(TemplateField field, string value)
    {
        if (value.Length == 0) return "";
        var chosen = field.Multiple ? value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [value.Trim()];
        var options = chosen.Select(c => field.Options.Select(o => o.Label).FirstOrDefault(o => o.Equals(c, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"### {field.Label}: '{c}' is no choice of the form; there are {string.Join(", ", field.Options.Select(o => o.Label).Take(30))}."));
        return string.Join(", ", options);
    }

    private static string? Heading(string line)
    {
        var marks = line.Length - line.TrimStart('#').Length;
        return marks is > 0 and <= 6 && line.Length > marks && line[marks] == ' ' ? line[marks..].Trim().TrimEnd('#').Trim() : null;
    }

    private static string Key(string label) => label.Trim().TrimEnd(':').ToUpperInvariant();

    private static string Join(string first, string second) => first.Length == 0 ? second : $"{first}\n\n{second}";

    private static string Fence(string text, string language)
    {
        var fence = "```";
        while (text.Contains(fence, StringComparison.Ordinal)) fence += "`";
        return $"{fence}{language}\n{text}\n{fence}";
    }

    private static IReadOnlyList<string> Union(IReadOnlyList<string> first, IReadOnlyList<string> second) => [.. first.Concat(second).Distinct(StringComparer.OrdinalIgnoreCase)];
}

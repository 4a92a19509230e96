using OmniAudit.Modules.AuditLens.Triage.Templates;

namespace OmniAudit.Tests.AuditLens.Triage;

/// <summary>Issue forms and templates, filled as GitHub would show them.</summary>
public sealed class TemplateTests
{
    private const string Form = """
        name: Bug report
        description: Tell us
        title: "[Bug]: "
        labels: ["bug", "triage"]
        assignees:
          - octocat
        body:
          - type: markdown
            attributes:
              value: Thanks!
          - type: input
            id: contact
            attributes:
              label: Contact
          - type: textarea
            id: what
            attributes:
              label: What happened?
            validations:
              required: true
          - type: dropdown
            id: version
            attributes:
              label: Version
              options: [1.0, 2.0]
              default: 0
          - type: textarea
            id: logs
            attributes:
              label: Log output
              render: shell
          - type: checkboxes
            attributes:
              label: Code of Conduct
              options:
                - label: I agree
                  required: true
        """;

    private static FilledIssue Fill(string body, string findings = "", string title = "Broken") => TemplateFill.Write(IssueTemplate.OfForm("bug.yml", Form), title, body, findings, ["ci", "BUG"], ["ada"]);

    [Fact]
    public void Form_Filled_ReadsAsGitHubWritesIt()
    {
        var filled = Fill("It broke.\n\n### Version\n2.0\n\n### log output\n$ make\n```\nin it\n```\n");
        Assert.Equal("[Bug]: Broken", filled.Title);
        Assert.Equal(
            "### Contact\n\n_No response_\n\n### What happened?\n\nIt broke.\n\n### Version\n\n2.0\n\n### Log output\n\n````shell\n$ make\n```\nin it\n```\n````\n\n### Code of Conduct\n\n- [ ] I agree", filled.Body);
        Assert.Equal(["bug", "triage", "ci"], filled.Labels);
        Assert.Equal(["octocat", "ada"], filled.Assignees);
        Assert.Empty(filled.Missing);
    }

    [Fact]
    public void Findings_GoIntoTheFreeTextArea_ElseBelow()
    {
        Assert.Contains("### What happened?\n\nF1\n\n### Version\n\n1.0", Fill("", "F1").Body, StringComparison.Ordinal);
        Assert.EndsWith("### Findings\n\nF1", Fill("It broke.", "F1").Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Form_WithoutWhatItRequires_SaysWhat() => Assert.Equal(["What happened?"], Fill("").Missing);

    [Fact]
    public void Choice_ThatTheFormHasNot_IsNamed() =>
        Assert.Contains("Version: '3.0'", Assert.Throws<FormatException>(() => Fill("x\n### Version\n3.0")).Message, StringComparison.Ordinal);

    [Fact]
    public void Title_ThatBeginsSoAlready_IsKept() => Assert.Equal("[bug]: Broken", Fill("x", title: "[bug]: Broken").Title);

    [Fact]
    public void Markdown_WithFrontMatter_KeepsWhatNobodyFills()
    {
        var template = IssueTemplate.OfMarkdown("bug.md", "---\nname: Bug\nabout: a\ntitle: 'Bug:'\nlabels: bug, needs triage\n---\n\n## Describe\nA clear description\n\n## Expected\n<!-- what -->\n");
        var filled = TemplateFill.Write(template, "x", "First.\n\n## Describe\nIt broke", "F1", [], []);
        Assert.Equal(("Bug: x", "First.\n\n## Describe\n\nIt broke\n\n## Expected\n<!-- what -->\n\n### Findings\n\nF1"), (filled.Title, filled.Body));
        Assert.Equal(["bug", "needs triage"], filled.Labels);
    }

    [Theory]
    [InlineData("body: [", "Line 2")]
    [InlineData("name: x", "body")]
    [InlineData("body: [{type: secret, attributes: {label: x}}]", "secret")]
    [InlineData("body: [{type: input}]", "label")]
    [InlineData("a: &x [1]\nbody: *x", "anchors")]
    [InlineData("a: 1\na: 2", "twice")]
    [InlineData("a: 1\n---\nb: 2", "more than one")]
    public void Form_ThatIsNone_SaysWhy(string yaml, string said) => Assert.Contains(said, Assert.Throws<FormatException>(() => IssueTemplate.OfForm("x.yml", yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void Yaml_NestedWithoutEnd_IsRefused() => Assert.Throws<FormatException>(() => YamlTree.Read(new string('[', 3_000)));
}

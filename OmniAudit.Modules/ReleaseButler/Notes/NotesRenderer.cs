using System.Globalization;
using System.Text;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Writes a <see cref="NotesDocument"/> as GitHub's Markdown. Lines end in \n; nothing depends on time, culture or machine.</summary>
internal static class NotesRenderer
{
    public static string Render(NotesDocument document, NotesOptions options)
    {
        var text = new StringBuilder();
        foreach (var section in document.Sections)
        {
            Heading(text, section.Title);
            foreach (var line in section.Lines)
            {
                Line(text, document, line, options.PrLinks);
                foreach (var detail in line.Details) text.Append(CultureInfo.InvariantCulture, $"  - {NotesMarkdown.Text(detail)}\n");
            }
        }
        if (document.Sections.Count == 0) text.Append("Nothing to tell: every commit of this range is excluded.\n");
        if (document.NewContributors.Count > 0)
        {
            Heading(text, "New contributors");
            foreach (var first in document.NewContributors) text.Append(CultureInfo.InvariantCulture, $"- {Login(first.Login, isBot: false)} made their first contribution in {Number(document, first.Pull, options.PrLinks)}\n");
        }
        // Published notes say by themselves that they are not whole.
        if (document.Accounting.Missing != 0) text.Append(CultureInfo.InvariantCulture, $"\n_These notes cover {document.Accounting.Total - document.Accounting.Missing} of {document.Accounting.Total} commits._\n");
        if (document.RepoUrl.Length > 0 && document.From is { } from)
            text.Append(CultureInfo.InvariantCulture, $"\n**Full changelog**: {document.RepoUrl}/compare/{Uri.EscapeDataString(from.Name)}...{Uri.EscapeDataString(document.To.Name)}\n");
        return text.ToString();
    }

    private static void Heading(StringBuilder text, string title) => text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "\n" : "")}## {NotesMarkdown.Text(title)}\n\n");

    private static void Line(StringBuilder text, NotesDocument document, NotesLine line, bool links)
    {
        text.Append("- ");
        // A scope that stays in the text is not said twice.
        if (line.Scope is { } scope && NotesUnit.IsKnown(line.Type)) text.Append(CultureInfo.InvariantCulture, $"**{NotesMarkdown.Text(scope)}:** ");
        text.Append(NotesMarkdown.Text(line.Text)).Append(" (").Append(Reference(document, new NotesReference(line.Pull, line.Commits[0]), links)).Append(')');
        if (line.RevertedBy is { } revertedBy) text.Append(CultureInfo.InvariantCulture, $", reverted by {Reference(document, revertedBy, links)}");
        else if (line.People.Count > 0) text.Append(CultureInfo.InvariantCulture, $" by {string.Join(", ", line.People.Select(p => p.Login is { } login ? Login(login, p.IsBot) : NotesMarkdown.Text(p.Name)))}");
        text.Append('\n');
    }

    private static string Reference(NotesDocument document, NotesReference reference, bool links)
    {
        if (reference.Pull is { } number) return Number(document, number, links);
        var shown = reference.Sha.Length > 7 ? reference.Sha[..7] : reference.Sha;
        return links && document.RepoUrl.Length > 0 ? NotesMarkdown.Link($"`{shown}`", $"{document.RepoUrl}/commit/{reference.Sha}") : $"`{shown}`";
    }

    private static string Number(NotesDocument document, long number, bool links) =>
        links && document.RepoUrl.Length > 0 ? NotesMarkdown.Link($"#{number}", $"{document.RepoUrl}/pull/{number}") : $"#{number}";

    /// <summary>An account that GitHub named is notified, as in GitHub's own notes; a bot is not.</summary>
    private static string Login(string login, bool isBot) =>
        !isBot && login.Length <= 39 && login.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? $"@{login}" : NotesMarkdown.Text(login);
}

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>One statement of a commit message, by the Conventional Commits specification 1.0.0. A message holds one or more: see <see cref="CommitParser"/>.</summary>
/// <param name="Origin">Where in the message it stands.</param>
/// <param name="Type">Lower case; empty when the header is none of a conventional commit.</param>
/// <param name="Scope">Null without one.</param>
/// <param name="Description">What follows the type; the whole first line when there is no type.</param>
/// <param name="Breaking">By <c>!</c> or by a footer.</param>
/// <param name="Notes">What the breaking footers say, in their order; empty when only <c>!</c> says it.</param>
/// <param name="BodyStart">The first paragraph below the header; empty without one.</param>
/// <param name="Reverts">Hashes (7 to 40 digits, lower case) of commits that it takes back.</param>
/// <param name="RevertedPulls">Pull requests that it takes back, by GitHub's <c>Reverts owner/name#12</c>.</param>
/// <param name="Hints">What looks meant and does not count, in words.</param>
internal sealed record CommitText(
    CommitOrigin Origin, string Type, string? Scope, string Description, bool Breaking, IReadOnlyList<string> Notes, string BodyStart, IReadOnlyList<CommitFooter> Footers,
    IReadOnlyList<string> Reverts, IReadOnlyList<PullReference> RevertedPulls, IReadOnlyList<string> Hints);

/// <summary>Where a statement stands.</summary>
internal enum CommitOrigin
{
    /// <summary>The first line.</summary>
    Header,
    /// <summary>A later paragraph that begins like a header, or stands between BEGIN_NESTED_COMMIT and END_NESTED_COMMIT.</summary>
    Nested,
    /// <summary>A line <c>* type: text</c>, as GitHub lists the commits of a squashed branch.</summary>
    Squashed,
}

/// <summary>A footer: <c>Token: value</c> or <c>Token #value</c>; values may have several lines.</summary>
internal sealed record CommitFooter(string Token, string Value);

/// <summary>A pull request by its number; <paramref name="Repository"/> null for the own repository.</summary>
internal sealed record PullReference(string? Repository, long Number);

/// <summary>Somebody whom a commit names beside its author.</summary>
internal sealed record CoAuthor(string Name, string Email)
{
    /// <summary>The login that GitHub's noreply address holds (<c>id+login@users.noreply.github.com</c>); null for other addresses. Anybody may write anybody's.</summary>
    public string? Login
    {
        get
        {
            const string Noreply = "@users.noreply.github.com";
            if (!Email.EndsWith(Noreply, StringComparison.OrdinalIgnoreCase)) return null;
            var login = Email[..^Noreply.Length];
            login = login[(login.IndexOf('+', StringComparison.Ordinal) + 1)..];
            return login.Length is > 0 and <= 60 ? login : null;
        }
    }
}

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>One fault, with an identity that stays the same from scan to scan.</summary>
public sealed record Finding
{
    /// <summary><c>fnd_</c> and a hash of the rule, the page's path template and the normalised selector; neither viewport nor order matter.</summary>
    public required string FindingId { get; init; }
    /// <summary>For example <c>axe/image-alt</c> or <c>seo/document-title</c>.</summary>
    public required string Rule { get; init; }
    /// <summary><c>s1</c> (worst) to <c>s4</c>.</summary>
    public required string Severity { get; init; }
    /// <summary>One of <see cref="FindingCategory"/>.</summary>
    public required string Category { get; init; }
    /// <summary>What is wrong, in one line.</summary>
    public required string Title { get; init; }
    /// <summary>0 to 1: how sure the rule is.</summary>
    public required double Confidence { get; init; }
    /// <summary>What to change.</summary>
    public required string SuggestedFix { get; init; }
    /// <summary>Objects that show it: the screenshots of the pages where it was seen.</summary>
    public required IReadOnlyList<string> EvidenceRefs { get; init; }
    /// <summary>The first page where it was seen.</summary>
    public required string PageUrl { get; init; }
    /// <summary>How many pages show it; <see cref="PageUrl"/> is the first of them.</summary>
    public required int PageCount { get; init; }
    /// <summary>How many places show it, over all pages (the larger of the viewports).</summary>
    public required int Occurrences { get; init; }
    /// <summary><c>desktop</c>, <c>mobile</c>, or both.</summary>
    public required IReadOnlyList<string> Viewports { get; init; }
    /// <summary>The first element at fault as a CSS selector; empty when the page as a whole is.</summary>
    public required string Selector { get; init; }
    /// <summary>What was seen there: a snippet, a message, a status. Text of the audited site, not to be trusted.</summary>
    public required string Evidence { get; init; }
}

/// <summary>The values of <see cref="Finding.Category"/>.</summary>
public static class FindingCategory
{
    /// <summary>Found by axe-core.</summary>
    public const string Accessibility = "accessibility";
    /// <summary>What search engines need.</summary>
    public const string Seo = "seo";
    /// <summary>Errors and habits.</summary>
    public const string BestPractices = "best_practices";
    /// <summary>Transport and headers.</summary>
    public const string Security = "security";
    /// <summary>Pages that do not answer as they should.</summary>
    public const string Availability = "availability";
}

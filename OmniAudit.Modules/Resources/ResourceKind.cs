using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Resources;

/// <summary>
/// One kind of thing that agents read by URI: receipts, reports, approvals. A class in a module's folder is found by
/// <see cref="ResourceCatalog"/> without being listed anywhere. It answers only what this reader may see; whatever it may
/// not see is answered like what is not there. Lists, completions and searches are bounded by the caller's <c>take</c>.
/// </summary>
internal abstract class ResourceKind
{
    /// <summary>The URI with its variables in braces, each a whole path segment: <c>omniaudit://receipts/{receipt_id}</c>.</summary>
    public abstract string UriTemplate { get; }
    /// <summary>One lower-case word, unique: <c>receipt</c>.</summary>
    public abstract string Name { get; }
    public abstract string Title { get; }
    public abstract string Description { get; }
    /// <summary>The tool that answers the same facts: an agent that may not call it does not see this kind.</summary>
    public abstract string Tool { get; }

    /// <summary>What ids of this kind begin with, where an id alone names one; empty otherwise.</summary>
    public virtual string IdPrefix => "";

    /// <summary>Newest first, those made before the mark: fewer than <paramref name="take"/> only where there are no more.</summary>
    /// <param name="before">A <see cref="ResourceEntry.Mark"/>; null for the newest.</param>
    public virtual Task<IReadOnlyList<ResourceEntry>> ListAsync(ResourceReader reader, string? before, int take, CancellationToken cancellationToken) => None;

    /// <summary>The thing itself; null when there is none that this reader may see.</summary>
    /// <param name="variables">One value per variable of the template, never empty.</param>
    public abstract Task<ResourceDocument?> FindAsync(IReadOnlyDictionary<string, string> variables, ResourceReader reader, CancellationToken cancellationToken);

    /// <summary>Values of a variable that begin so, newest first.</summary>
    /// <param name="known">The other variables, as far as they are known.</param>
    public virtual async Task<IReadOnlyList<string>> CompleteAsync(string variable, string prefix, IReadOnlyDictionary<string, string> known, ResourceReader reader, int take, CancellationToken cancellationToken) =>
        [.. (await ListAsync(reader, null, CompletionDepth, cancellationToken)).Select(e => e.Uri[(e.Uri.LastIndexOf('/') + 1)..]).Where(v => v.StartsWith(prefix, StringComparison.Ordinal)).Take(take)];

    /// <summary>Newest first, those in whose texts every word occurs, whatever its case.</summary>
    /// <param name="words">May be empty: then everything matches.</param>
    public virtual Task<IReadOnlyList<ResourceEntry>> SearchAsync(IReadOnlyList<string> words, ResourceReader reader, int take, CancellationToken cancellationToken) => None;

    /// <summary>The URIs of this kind that read otherwise after the change.</summary>
    public virtual IEnumerable<string> UrisOf(Change change) => [];

    /// <summary>How far back completions look.</summary>
    protected const int CompletionDepth = 200;

    private static Task<IReadOnlyList<ResourceEntry>> None => Task.FromResult<IReadOnlyList<ResourceEntry>>([]);

    /// <summary>The first rows that a reader may see; the query is read no further than that needs.</summary>
    protected static async Task<IReadOnlyList<ResourceEntry>> SeenAsync<T>(IQueryable<T> rows, Func<T, bool> sees, Func<T, ResourceEntry> entry, int take, CancellationToken cancellationToken)
    {
        var seen = new List<ResourceEntry>();
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (!sees(row)) continue;
            seen.Add(entry(row));
            if (seen.Count == take) break;
        }
        return seen;
    }

    /// <summary>What sorts ids of every prefix by creation: the part after it.</summary>
    protected static string MarkOf(string id) => id[(id.IndexOf('_', StringComparison.Ordinal) + 1)..];
}

/// <summary>For whom something is read.</summary>
/// <param name="Subject">The agent's subject.</param>
/// <param name="MayUse">Whether a tool is among those this agent may call.</param>
public sealed record ResourceReader(string Subject, Func<string, bool> MayUse)
{
    /// <summary>Whether the reader may see what belongs to a repository (owner/name; "" for what belongs to none).</summary>
    public Func<string, bool> MayRead { get; init; } = static _ => true;

    /// <summary>One who may call every tool.</summary>
    public static ResourceReader Of(string subject) => new(subject, static _ => true);
}

/// <summary>A resource in a list or among search results.</summary>
/// <param name="Uri">What to read.</param>
/// <param name="Title">One line for people; may hold text from outside.</param>
/// <param name="Url">The console page: a path as kinds give it, absolute as the catalogue answers it.</param>
/// <param name="At">When it was made.</param>
/// <param name="Mark">Sorts by creation over all kinds.</param>
public sealed record ResourceEntry(string Uri, string Title, string Url, DateTimeOffset At, string Mark);

/// <summary>What a resource holds: a few fields, and perhaps one long list that is read in parts.</summary>
/// <param name="Title">One line for people.</param>
/// <param name="Path">The console page.</param>
/// <param name="Head">The fields of the whole; at most a few kilobytes.</param>
/// <param name="ListName">The member that holds the entries; empty when there is no list.</param>
/// <param name="Entries">The long list; each entry at most a few kilobytes.</param>
internal sealed record ResourceDocument(string Title, string Path, JsonObject Head, string ListName = "", IReadOnlyList<JsonNode>? Entries = null);

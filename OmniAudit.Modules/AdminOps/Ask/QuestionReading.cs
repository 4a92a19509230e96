using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>What is asked for.</summary>
internal enum QuestionKind
{
    /// <summary>What happened: counts, what they are made of, and the newest.</summary>
    What = 0,
    /// <summary>A number.</summary>
    HowMany,
    /// <summary>People and programs.</summary>
    Who,
    /// <summary>Times: the first and the last.</summary>
    When,
    /// <summary>Addresses.</summary>
    Where,
    /// <summary>Whether there is any.</summary>
    Whether,
}

/// <summary>A question as it was understood.</summary>
/// <param name="Query">The active filters and what the question adds to them.</param>
/// <param name="Understood">What the question adds, in words; empty when nothing was understood as a filter.</param>
/// <param name="Names">Whom or what it names, for the pseudonyms.</param>
/// <param name="Conflicts">What the question wants and the active filters leave out, each a sentence.</param>
/// <param name="Ignored">Words that had no effect.</param>
internal sealed record QuestionReading(QuestionKind Kind, EventQuery Query, IReadOnlyList<string> Understood, IReadOnlyList<string> Names, IReadOnlyList<string> Conflicts, IReadOnlyList<string> Ignored);

/// <summary>What the store has names for, most frequent first.</summary>
internal sealed record StoreWords(IReadOnlyList<string> Services, IReadOnlyList<string> Operations, IReadOnlyList<string> Actors);

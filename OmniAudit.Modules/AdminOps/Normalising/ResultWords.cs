using System.Collections.Frozen;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>What the sources' result fields mean. A word that is not known means nothing: unknown is better than a wrong colour.</summary>
internal static class ResultWords
{
    private static readonly FrozenDictionary<string, EventOutcome> Meanings = new Dictionary<string, EventOutcome>(StringComparer.OrdinalIgnoreCase)
    {
        ["true"] = EventOutcome.Success, ["success"] = EventOutcome.Success, ["succeeded"] = EventOutcome.Success, ["successful"] = EventOutcome.Success, ["succeed"] = EventOutcome.Success,
        ["ok"] = EventOutcome.Success, ["passed"] = EventOutcome.Success, ["pass"] = EventOutcome.Success, ["completed"] = EventOutcome.Success,
        ["false"] = EventOutcome.Failure, ["failure"] = EventOutcome.Failure, ["failed"] = EventOutcome.Failure, ["fail"] = EventOutcome.Failure, ["error"] = EventOutcome.Failure,
        ["timeout"] = EventOutcome.Failure, ["authorizationfailure"] = EventOutcome.Failure, ["denied"] = EventOutcome.Failure, ["accessdenied"] = EventOutcome.Failure, ["unauthorized"] = EventOutcome.Failure,
        ["partiallysucceeded"] = EventOutcome.Partial, ["partialsuccess"] = EventOutcome.Partial, ["partial"] = EventOutcome.Partial, ["partially succeeded"] = EventOutcome.Partial,
        ["partiallysuccessful"] = EventOutcome.Partial, ["partiallycompleted"] = EventOutcome.Partial,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>A word, or an HTTP status (some workloads write it there).</summary>
    public static EventOutcome Meaning(string? text)
    {
        if (text is null) return EventOutcome.Unknown;
        if (Meanings.TryGetValue(text.Trim(), out var outcome)) return outcome;
        return text.Length == 3 && text.All(char.IsAsciiDigit) ? text[0] switch { '2' => EventOutcome.Success, '4' or '5' => EventOutcome.Failure, _ => EventOutcome.Unknown } : EventOutcome.Unknown;
    }
}

using System.Text.Json;

namespace OmniAudit.Modules.Tools;

/// <summary>How a call ended. Closed: there are these four ways and no other.</summary>
public abstract record ToolOutcome
{
    private ToolOutcome() { }

    /// <summary>The deed is done.</summary>
    /// <param name="Result">A JSON object that fits the tool's output schema.</param>
    public sealed record Succeeded(JsonElement Result) : ToolOutcome;

    /// <summary>Nothing was done: a person must decide first (or has decided, and the deed is under way).</summary>
    public sealed record NeedsApproval(ApprovalTicket Ticket) : ToolOutcome;

    /// <summary>Nothing was done, and the caller can see why and what to change.</summary>
    /// <param name="Code">A stable word: <c>invalid_arguments</c>, <c>policy_denied</c>, <c>rate_limited</c>, <c>denied</c>, <c>expired</c>, …</param>
    /// <param name="Message">What to change, naming the field.</param>
    /// <param name="Errors">One entry per wrong argument; empty when no single argument is at fault.</param>
    /// <param name="Ticket">The approval that was denied, expired or cancelled, if that is why.</param>
    public sealed record Refused(string Code, string Message, IReadOnlyList<FieldError> Errors, ApprovalTicket? Ticket = null) : ToolOutcome;

    /// <summary>Something broke on our side, or nobody can tell whether the deed happened.</summary>
    /// <param name="Reference">Finds the log line.</param>
    /// <param name="Message">What the caller may know.</param>
    /// <param name="Ticket">The approval whose execution failed or is unknown, if it was a write.</param>
    /// <param name="Begun">For a write that was begun and is certainly not finished: what is there so far, as its tool answers it.</param>
    /// <param name="Code">A stable word: <c>failed</c>, or <c>object_store_unavailable</c> when a part of the server is away and trying again later may help.</param>
    public sealed record Failed(string Reference, string Message, ApprovalTicket? Ticket = null, JsonElement? Begun = null, string Code = "failed") : ToolOutcome;
}

/// <summary>An argument that is wrong.</summary>
/// <param name="Field">Its path by wire names, for example <c>entry_paths[2]</c>; empty for the arguments as a whole.</param>
/// <param name="Message">What it must be.</param>
public sealed record FieldError(string Field, string Message);

/// <summary>What a caller may know about its pending write. Grants nothing.</summary>
/// <param name="Id">The approval's id.</param>
/// <param name="Token">Names the approval in a repeated call (<c>confirmation_token</c>); only its own agent can use it, and it decides nothing.</param>
/// <param name="State">One of the approval states, for example <c>pending</c>.</param>
/// <param name="Url">Where a signed-in person decides.</param>
/// <param name="ExpiresAt">When the request lapses without a decision.</param>
/// <param name="ArgumentsSha256">Lower-case hex SHA-256 of the canonical arguments that will run.</param>
/// <param name="RiskLevel">The tool's risk, for example <c>write</c>.</param>
/// <param name="Edited">A person changed the arguments.</param>
/// <param name="SelfConfirms">No person is asked (Approvals:Mode=self): the caller confirms by repeating the call with the token.</param>
/// <param name="Held">It is approved and waits: why.</param>
/// <param name="AskedSha256">Lower-case hex SHA-256 of the canonical arguments as they were asked, whatever a person made of them since.</param>
/// <param name="Intent">What it would do, in the words of the tool about its arguments; holds text from outside.</param>
public sealed record ApprovalTicket(
    string Id, string Token, string State, string Url, DateTimeOffset ExpiresAt, string ArgumentsSha256, string RiskLevel, bool Edited = false, bool SelfConfirms = false, string? Held = null, string AskedSha256 = "", string Intent = "");

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Mcp;

/// <summary>
/// Seals the <c>requestState</c> that a client of 2026-07-28 carries between a call and its repetition. It names a request and
/// decides nothing: what it says is compared with the stored request. Sealed with the server's key ring, bound to agent, tool
/// and arguments, good until a day after the request's own end, and used up by the final answer (of this process; after a
/// restart it would tell the same recorded outcome again).
/// </summary>
internal sealed class McpRequestStates(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>The code of a refused call, for the record.</summary>
    public const string Invalid = "invalid_request_state";

    /// <summary>Long enough to fetch the outcome, short enough to forget.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromDays(1);
    private const int Longest = 4096;

    private readonly IDataProtector _protector = protection.CreateProtector("OmniAudit.Mcp.RequestState", "v1");
    private readonly ConcurrentDictionary<string, long> _used = new(StringComparer.Ordinal);

    public string Seal(string tool, ApprovalTicket ticket, string subject) => _protector.Protect(JsonSerializer.Serialize(new RequestState(
        Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), ticket.Id, tool, ticket.AskedSha256, subject, (ticket.ExpiresAt + Grace).ToUnixTimeSeconds())));

    /// <summary>What it says, if it was sealed here for this agent and tool, and is neither expired nor used up; null otherwise, without a reason for whoever probes.</summary>
    public RequestState? Open(string sealedState, string tool, string subject)
    {
        try
        {
            return sealedState.Length <= Longest && JsonSerializer.Deserialize<RequestState>(_protector.Unprotect(sealedState)) is { } state
                && state.Subject == subject && state.Tool == tool && state.ExpiresAt > time.GetUtcNow().ToUnixTimeSeconds() && !_used.ContainsKey(state.Nonce)
                ? state
                : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The final answer was given for it.</summary>
    public void UseUp(RequestState state)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (_used.Count > 10_000)
            foreach (var (nonce, expiry) in _used)
                if (expiry <= now) _used.TryRemove(nonce, out _);
        _used[state.Nonce] = state.ExpiresAt;
    }
}

/// <summary>What a sealed state says.</summary>
/// <param name="AskedSha256">Of the canonical arguments that the request was made with.</param>
/// <param name="Subject">The agent it was given to.</param>
/// <param name="ExpiresAt">Unix seconds.</param>
internal sealed record RequestState(string Nonce, string ApprovalId, string Tool, string AskedSha256, string Subject, long ExpiresAt);

using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint.Auth;

/// <summary>A stored sign-in, as people see it: everything but its secrets.</summary>
/// <param name="ProfileId"><c>aup_…</c></param>
/// <param name="Name">Unique; scans may name it by this.</param>
public sealed record AuthProfile(string ProfileId, string Name, AuthShape Shape, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt)
{
    /// <summary>The agents that may use it; none at first. People who may start scans and schedules always may.</summary>
    public IReadOnlyList<ProfileAgent> Agents { get; init; } = [];

    /// <summary>Whether scans of this actor may sign in with it.</summary>
    internal bool Admits(Actor actor) => actor.Kind != ActorKind.Agent || Agents.Any(a => a.Subject == ProfileAgent.Everyone || a.Subject == actor.Subject);
}

/// <summary>An agent that may use a profile.</summary>
/// <param name="Subject">As in <see cref="Actor.Subject"/>, or <see cref="Everyone"/>.</param>
/// <param name="Name">For people.</param>
public sealed record ProfileAgent(string Subject, string Name)
{
    /// <summary>In the place of a subject: every agent.</summary>
    public const string Everyone = "*";
}

/// <summary>How a sign-in works. Every value that is secret has a key in <see cref="SecretKeys"/>; the values are given apart, and never shown again.</summary>
/// <param name="Origins">Where it is used, such as <c>https://app.example.com</c>, and nowhere else: nothing of it goes to another scheme, host or port.</param>
public sealed record AuthShape(IReadOnlyList<string> Origins)
{
    /// <summary>Cookie names. Host-only cookies for the whole site; the value of each is the secret <c>cookie:NAME</c>.</summary>
    public IReadOnlyList<string> Cookies { get; init; } = [];
    /// <summary>Header names, sent with every request to the origins; the value of each is the secret <c>header:NAME</c>.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];
    /// <summary>The user of HTTP basic authentication (RFC 7617); the password is the secret <c>basic</c>. Null: none.</summary>
    public string? BasicUser { get; init; }
    /// <summary>Signs in with a form before the first page. Null: no form.</summary>
    public AuthLogin? Login { get; init; }

    /// <summary>The keys of all secrets that it needs.</summary>
    public IReadOnlyList<string> SecretKeys() =>
    [
        .. Cookies.Select(c => "cookie:" + c), .. Headers.Select(h => "header:" + h), .. BasicUser is null ? Array.Empty<string>() : ["basic"],
        .. (Login?.Steps ?? []).Where(s => s.Secret is not null).Select(s => s.Secret!).Distinct(),
    ];
}

/// <summary>A scripted sign-in.</summary>
/// <param name="Url">The page with the form, on one of the origins.</param>
/// <param name="Steps">In order.</param>
/// <param name="SignedIn">A selector that is there once it worked; null: no visible password field is left.</param>
public sealed record AuthLogin(string Url, IReadOnlyList<AuthStep> Steps, string? SignedIn = null);

/// <summary>One step of a scripted sign-in.</summary>
/// <param name="Action"><c>fill</c>, <c>click</c>, or <c>wait</c> until the element is visible.</param>
/// <param name="Selector">CSS, or what Playwright reads besides (<c>text=Sign in</c>); the first match counts.</param>
/// <param name="Value">For fill: the text, if it is no secret.</param>
/// <param name="Secret">For fill: the key of the secret that holds the text.</param>
public sealed record AuthStep(string Action, string Selector, string? Value = null, string? Secret = null);

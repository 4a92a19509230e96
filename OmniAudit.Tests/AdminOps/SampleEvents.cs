using System.Text;
using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps;

/// <summary>Events as they are stored, for tests that look at what is made of them.</summary>
internal static class SampleEvents
{
    public const string Tenant = "11111111-2222-3333-4444-555555555555";

    public static IncomingEvent Of(
        string sourceId, DateTimeOffset time, string service = "Directory", string operation = "Update user", EventOutcome outcome = EventOutcome.Success, string actor = "ada@contoso.test", string source = EventSources.Directory,
        string? ip = "192.0.2.7", IReadOnlyList<EventTarget>? targets = null, IReadOnlyList<EventChange>? changes = null, string? correlation = null, string? summary = null, string? raw = null, IReadOnlyList<string>? doubts = null)
    {
        targets ??= [new EventTarget("t-1", "User", "Grace Hopper", "grace@contoso.test")];
        var e = new AuditEvent(
            Tenant, source, sourceId, time, service, null, "UserManagement", operation, outcome, outcome == EventOutcome.Failure ? "failure" : "success", null,
            new EventActor(ActorKinds.User, "00000000-0000-0000-0000-00000000000a", actor, null, ip, 443, "Mozilla/5.0"), targets, changes ?? [], correlation, "Azure Portal", "Berlin, DE",
            summary ?? $"{actor}: {operation}", null, doubts ?? []);
        var record = raw ?? JsonSerializer.Serialize(new { id = sourceId, activityDateTime = time, activityDisplayName = operation, result = outcome.ToString(), who = actor, service, targets, changes });
        return new IncomingEvent(e, Encoding.UTF8.GetBytes(record));
    }

    /// <summary>A role given, with everything an event can have; twenty others of several services, one in four failed; and some of quiet services. The id of the role.</summary>
    public static async Task<string> FillAsync(TestApp app)
    {
        var now = app.Time.GetUtcNow();
        var events = new List<IncomingEvent>
        {
            Of(
                "role-1", now.AddMinutes(-30), operation: "Add member to role", actor: "mallory@contoso.test", correlation: "corr-1", ip: "203.0.113.9", summary: "mallory@contoso.test gave Grace Hopper the role Global Administrator",
                targets: [new EventTarget("t-1", "User", "Grace Hopper", "grace@contoso.test"), new EventTarget("r-1", "Role", "Global Administrator", null)],
                changes: [new EventChange("Role.DisplayName", null, "Global Administrator"), new EventChange("Assigned", """["reader"]""", """["reader","global-admin"]"""), new EventChange("Reason", "for the old ticket", "for the new ticket \u202E<b>hidden</b>")],
                doubts: ["activityDateTime: had no zone, read as UTC"]),
            Of("role-2", now.AddMinutes(-29), operation: "Update user", actor: "mallory@contoso.test", correlation: "corr-1"),
        };
        for (var i = 0; i < 20; i++)
            events.Add(Of($"e-{i}", now.AddHours(-1 - i), i % 3 == 0 ? "SignIn" : "Directory", i % 3 == 0 ? "Sign-in" : "Update user", i % 4 == 0 ? EventOutcome.Failure : EventOutcome.Success, $"person{i % 5}@contoso.test", i % 3 == 0 ? EventSources.SignIn : EventSources.Directory));
        for (var i = 0; i < 5; i++) events.Add(Of($"x-{i}", now.AddHours(-i), "Exchange", "Set-Mailbox", EventOutcome.Unknown, "NT AUTHORITY\\SYSTEM", EventSources.Unified));
        await AddAsync(app, [.. events]);
        return (await app.Get<EventSearch>().FindAsync("role-1", default))!.Id;
    }

    public static async Task<IReadOnlyList<long>> AddAsync(TestApp app, params IncomingEvent[] events) => (await app.Get<EventStore>().AppendAsync(events, default)).Stored;
}

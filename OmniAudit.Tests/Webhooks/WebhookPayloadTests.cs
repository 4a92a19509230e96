using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Webhooks;

namespace OmniAudit.Tests.Webhooks;

/// <summary>What leaves the server about an approval.</summary>
public sealed class WebhookPayloadTests
{
    private static readonly string[] Fields = ["approval_id", "state", "tool", "risk_level", "requester", "created_at", "expires_at", "decided_by", "url"];

    [Fact]
    public void Payload_OfAnyEvent_HoldsTheNamedFieldsAndNothingElse()
    {
        var texts = ArbMap.Default.ArbFor<string?>().Generator.Select(t => t ?? "");
        var events =
            from type in texts from id in texts from state in texts from tool in texts from risk in texts from requester in texts from decidedBy in texts
            from minutes in Gen.Choose(-100_000_000, 100_000_000)
            select new WebhookEvent(type, id, state, tool, risk, requester, DateTimeOffset.UnixEpoch.AddMinutes(minutes), DateTimeOffset.UnixEpoch.AddMinutes(minutes + 10L), decidedBy);
        Prop.ForAll(events.ToArbitrary(), e =>
        {
            var root = JsonDocument.Parse(e.ToJson(DateTimeOffset.UnixEpoch, "https://console.example.com")).RootElement;
            Assert.Equal(["type", "timestamp", "data"], root.EnumerateObject().Select(p => p.Name));
            var data = root.GetProperty("data");
            Assert.Equal(Fields, data.EnumerateObject().Select(p => p.Name));
            Assert.Equal(
                [
                    WebhookEvent.Bounded(e.ApprovalId), WebhookEvent.Bounded(e.State), WebhookEvent.Bounded(e.Tool), WebhookEvent.Bounded(e.RiskLevel), WebhookEvent.Bounded(e.RequesterName),
                    e.DecidedByName.Length == 0 ? null : WebhookEvent.Bounded(e.DecidedByName),
                ],
                new[] { "approval_id", "state", "tool", "risk_level", "requester", "decided_by" }.Select(f => data.GetProperty(f).GetString()));
            Assert.Equal((e.CreatedAt, e.ExpiresAt), (data.GetProperty("created_at").GetDateTimeOffset(), data.GetProperty("expires_at").GetDateTimeOffset()));
            Assert.Equal($"https://console.example.com/approvals/{Uri.EscapeDataString(WebhookEvent.Bounded(e.ApprovalId))}", data.GetProperty("url").GetString());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Fact]
    public void Payload_Written_IsTheDocumentedExample() => Assert.Equal(
        """{"type":"approval.decided","timestamp":"2026-03-01T12:00:00.000Z","data":{"approval_id":"apr_1","state":"approved","tool":"sitelint.export_report","risk_level":"write","requester":"release-bot","created_at":"2026-03-01T11:58:00.000Z","expires_at":"2026-03-01T12:08:00.000Z","decided_by":"Ada","url":"https://console.example.com/approvals/apr_1"}}""",
        new WebhookEvent(
            WebhookTypes.Decided, "apr_1", "approved", "sitelint.export_report", "write", "release-bot", new DateTimeOffset(2026, 3, 1, 12, 58, 0, TimeSpan.FromHours(1)),
            new DateTimeOffset(2026, 3, 1, 12, 8, 0, TimeSpan.Zero), "Ada").ToJson(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), "https://console.example.com"));

    [Fact]
    public void Bounded_TextThatHidesOrTurns_IsOneLine()
    {
        Assert.Equal("a b c d e", WebhookEvent.Bounded("a\u202Eb\nc\u0000d\u2028e"));
        Assert.Equal("\ud83d\ude00 and \ufffd", WebhookEvent.Bounded("\ud83d\ude00 and \ud800"));
        Assert.Equal(200, WebhookEvent.Bounded(new string('x', 1000)).Length);
    }
}

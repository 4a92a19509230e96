using Bunit;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Webhooks;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Tests.Components;

public sealed class StateBadgeTests : ConsoleContext
{
    public static TheoryData<string> States => [.. ApprovalState.All, WebhookDeliveryState.Waiting, WebhookDeliveryState.Delivered, WebhookDeliveryState.Dead];

    [Theory]
    [MemberData(nameof(States))]
    public void Badge_EveryState_IsTheSameWordWithADrawing(string state)
    {
        var badge = Render<StateBadge>(p => p.Add(b => b.State, state));

        Assert.Equal(state, badge.Find(".badge").TextContent.Trim());
        Assert.NotNull(badge.Find("svg[aria-hidden=true]"));
    }

    [Theory]
    [InlineData(0, "now")]
    [InlineData(-42, "42 s ago")]
    [InlineData(-125, "2 min ago")]
    [InlineData(-7200, "2 h ago")]
    [InlineData(-300000, "3 d ago")]
    [InlineData(90, "in 1 min")]
    public void RelativeTime_Distance_IsSaidAsPeopleSayIt(int seconds, string text)
    {
        var time = Render<RelativeTime>(p => p.Add(t => t.At, Clock.GetUtcNow().AddSeconds(seconds)));

        Assert.Equal(text, time.Find("time").TextContent);
        Assert.EndsWith("UTC", time.Find("time").GetAttribute("title"), StringComparison.Ordinal);
    }
}

using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Tests.Components;

/// <summary>Names for those whom no directory knows.</summary>
public sealed class SubjectBookTests(SharedApp shared) : IClassFixture<SharedApp>
{
    [Fact]
    public async Task Subject_OfAnAccessToken_HasTheNameOfItsRequests()
    {
        const string Subject = "agent:oauth:0123456789abcdef0123456789abcdef";
        var origin = new CallOrigin(new Actor(ActorKind.Agent, Subject, "oauth:cli/ada"), "r1", "", Scope: AgentScope.Everything);
        await shared.App.Get<ToolCallRunner>().RunAsync("probe.write_note", JsonSerializer.SerializeToElement(new { text = "by token" }), origin, CancellationToken.None);

        var book = await SubjectBook.ReadAsync(shared.App.Get<OperatorDirectory>(), shared.App.Get<AgentDirectory>(), shared.App.Get<ApprovalQueries>(), CancellationToken.None);

        Assert.Equal("oauth:cli/ada", book.NameOf(Subject));
        Assert.Equal([Subject], book.Find("CLI/ada"));
        Assert.Null(book.NameOf("agent:oauth:never-asked"));
    }
}

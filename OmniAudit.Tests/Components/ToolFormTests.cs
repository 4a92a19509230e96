using System.Text.Json;
using Bunit;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Tests.Components;

public sealed class ToolFormTests : ConsoleContext
{
    private static readonly CatalogTool Probe = ToolCatalog.FromAssemblies(typeof(ToolFormTests).Assembly).Find("probe.write_note")!;
    private string? _sent;

    [Fact]
    public void Form_OfAWrite_HasAFieldPerArgumentButNoToken()
    {
        var form = Show();

        Assert.Equal(["arg-text", "arg-copies", "arg-colour", "arg-tags"], form.FindAll("input, select, textarea").Select(f => f.Id));
        Assert.Equal("true", form.Find("#arg-text").GetAttribute("aria-required"));
        Assert.All(form.FindAll("input, select, textarea"), f => Assert.NotNull(form.Find($"label[for={f.Id}]")));
    }

    [Fact]
    public void Submit_FilledIn_SendsTypedJson()
    {
        var form = Show();

        form.Find("#arg-text").Change("hello");
        form.Find("#arg-copies").Change("3");
        form.Find("#arg-colour").Change("green");
        form.Find("#arg-tags").Change("one\n two \n\n");
        form.Find("form").Submit();

        Assert.Equal("""{"text":"hello","copies":3,"colour":"green","tags":["one","two"]}""", _sent);
    }

    [Fact]
    public void Submit_Empty_LeavesArgumentsOut()
    {
        var form = Show();

        form.Find("form").Submit();

        Assert.Equal("{}", _sent);
    }

    [Fact]
    public void Submit_NumberThatIsNone_IsSentAsTypedForTheCallToRefuse()
    {
        var form = Show();

        form.Find("#arg-copies").Change("many");
        form.Find("form").Submit();

        Assert.Equal("""{"copies":"many"}""", _sent);
    }

    [Fact]
    public void Errors_OfTheCall_StandAtTheirFieldsAndKeepWhatWasTyped()
    {
        var form = Show();
        form.Find("#arg-tags").Change("one\nTWO");

        form.Render(p => p.Add(f => f.Errors, [new FieldError("tags[1]", "must match x."), new FieldError("text", "is required.")]));

        Assert.Equal("Line 2 must match x.", form.Find("#arg-tags-error").TextContent.Trim());
        Assert.Equal("is required.", form.Find("#arg-text-error").TextContent.Trim());
        Assert.Equal("true", form.Find("#arg-text").GetAttribute("aria-invalid"));
        Assert.Contains("arg-text-error", form.Find("#arg-text").GetAttribute("aria-describedby"), StringComparison.Ordinal);
        Assert.Equal("one\nTWO", form.Find("#arg-tags").GetAttribute("value"));
    }

    private IRenderedComponent<ToolForm> Show() => Render<ToolForm>(p => p
        .Add(f => f.Schema, Probe.InputSchema)
        .Add(f => f.Submit, EventCallback.Factory.Create<JsonElement>(this, json => _sent = json.GetRawText())));
}

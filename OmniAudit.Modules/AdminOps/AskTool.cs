using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps;

internal sealed class AskTool(EventQuestions questions, TimeProvider time) : ITool<AskTool.Input, AskTool.Output>
{
    private const int MostEvents = 20;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "adminops.ask",
        FormerNames = ["ask"],
        Title = "Ask about audit events",
        Description = "Answers from counts and events, with the events it speaks of.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("In English, such as: who deleted mailboxes yesterday?")]
        [StringLength(EventQuestions.LongestQuestion, MinimumLength = 1)]
        public required string Question { get; init; }

        [Description("How far back; default 7")]
        [Range(1, 3650)]
        public int? Days { get; init; }
    }

    internal sealed record Output(
        string Answer,
        IReadOnlyList<ListedEvent> Events,
        IReadOnlyList<string> Understood,
        [property: Description("How many events the question is about")] long Total,
        bool Exact,
        bool LlmUsed,
        [property: Description("Why no model was used, or what of its answer is missing")] string? LlmError);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        try
        {
            var filters = new EventQuery { Start = time.GetUtcNow().AddDays(-(input.Days ?? 7)) };
            var answer = await questions.AskAsync(input.Question, filters, call.Actor, cancellationToken);
            return new Output(answer.Answer, [.. answer.Events.Take(MostEvents).Select(ListedEvent.Of)], answer.Understood, answer.Total.Events, answer.Total.Exact, answer.LlmUsed, answer.LlmError);
        }
        catch (EventQueryException refused)
        {
            throw new ToolRefusedException("invalid_arguments", refused.Message, refused.Field);
        }
    }
}

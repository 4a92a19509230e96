using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A line drawing beside a word. Always decorative: the word says it.</summary>
public sealed partial class Icon
{
    [Parameter, EditorRequired] public string Name { get; set; } = "";

    private static string PathOf(string name) => name switch
    {
        "grid" => "M4 4h7v7H4z M13 4h7v7h-7z M4 13h7v7H4z M13 13h7v7h-7z",
        "inbox" => "M4 14 7 5h10l3 9v5H4z M4 14h5a3 3 0 0 0 6 0h5",
        "search" => "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14z M16 16l4.5 4.5",
        "receipt" => "M6 3h12v18l-3-2-3 2-3-2-3 2z M9 8h6 M9 12h6",
        "list" => "M4 6h16 M4 12h16 M4 18h10",
        "wrench" => "M15 4a5 5 0 0 0-5.6 6.6L4 16v4h4l5.4-5.4A5 5 0 0 0 20 9l-3 2-3-1-1-3z",
        "people" => "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M3 21c0-4 3-6 6-6s6 2 6 6 M16 4a4 4 0 0 1 0 7 M18 15c2 .8 3 3 3 6",
        "person" => "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M4 21c0-4 4-6 8-6s8 2 8 6",
        "plug" => "M9 3v5 M15 3v5 M6 8h12v3a6 6 0 0 1-12 0z M12 17v4",
        "pulse" => "M3 12h4l3-8 4 16 3-8h4",
        "clock" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M12 7v5l3.5 2",
        "check" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M8 12l3 3 5-6",
        "cross" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M9 9l6 6 M15 9l-6 6",
        "alert" => "M12 3 2.5 20h19z M12 10v4 M12 17v.5",
        "pause" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M10 9v6 M14 9v6",
        "rule" => "M4 6h9 M4 12h6 M4 18h9 M16 9l2 2 3-4 M17 15l4 4 M21 15l-4 4",
        "play" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M10 8.5v7l6-3.5z",
        "question" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7 M12 16.5v.5",
        "ban" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M5.6 5.6l12.8 12.8",
        "eye" => "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
        "pencil" => "M4 20l1-5L16 4l4 4L9 19z M13 7l4 4",
        "sun" => "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M12 2v3 M12 19v3 M2 12h3 M19 12h3 M5 5l2 2 M17 17l2 2 M5 19l2-2 M17 7l2-2",
        "moon" => "M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z",
        "contrast" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M12 3v18 M12 7h5.5 M12 11h7 M12 15h6.5",
        "leave" => "M14 4H5v16h9 M10 12h11 M17 8l4 4-4 4",
        "copy" => "M9 9h11v11H9z M5 15H4V4h11v1",
        "shield" => "M12 2 4 5v6c0 5 3.4 9.2 8 11 4.6-1.8 8-6 8-11V5z M8.5 12l2.5 2.5 4.5-5",
        "arrow" => "M4 12h15 M13 6l6 6-6 6",
        "down" => "M12 4v12 M6 11l6 6 6-6 M5 20h14",
        "bell" => "M6 16v-5a6 6 0 0 1 12 0v5l2 2H4z M10 21h4",
        "tag" => "M4 4h8l8 8-8 8-8-8z M8 8v.5",
        "key" => "M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M11 12l9-9 M16 7l3 3",
        _ => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
    };
}

using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Replicas : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Node",
                table: "calls",
                type: "TEXT",
                maxLength: 200,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "ClaimedBy",
                table: "approvals",
                type: "TEXT",
                maxLength: 200,
                nullable: true);

            migrationBuilder.CreateTable(
                name: "agent_sessions",
                columns: table => new
                {
                    SessionId = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Subject = table.Column<string>(type: "TEXT", nullable: false),
                    Opening = table.Column<string>(type: "TEXT", nullable: false),
                    UsedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_agent_sessions", x => x.SessionId);
                });

            migrationBuilder.CreateTable(
                name: "rate_marks",
                columns: table => new
                {
                    MarkId = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Subject = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_rate_marks", x => x.MarkId);
                });

            migrationBuilder.CreateTable(
                name: "used_once",
                columns: table => new
                {
                    Key = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    Until = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_used_once", x => x.Key);
                });

            migrationBuilder.CreateIndex(
                name: "IX_agent_sessions_UsedAt",
                table: "agent_sessions",
                column: "UsedAt");

            migrationBuilder.CreateIndex(
                name: "IX_rate_marks_At",
                table: "rate_marks",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_rate_marks_Subject_At",
                table: "rate_marks",
                columns: new[] { "Subject", "At" });

            migrationBuilder.CreateIndex(
                name: "IX_used_once_Until",
                table: "used_once",
                column: "Until");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "agent_sessions");

            migrationBuilder.DropTable(
                name: "rate_marks");

            migrationBuilder.DropTable(
                name: "used_once");

            migrationBuilder.DropColumn(
                name: "Node",
                table: "calls");

            migrationBuilder.DropColumn(
                name: "ClaimedBy",
                table: "approvals");
        }
    }
}

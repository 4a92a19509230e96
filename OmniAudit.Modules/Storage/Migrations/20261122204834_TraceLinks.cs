using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <inheritdoc />
    public partial class TraceLinks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "AskedBy",
                table: "jobs",
                type: "TEXT",
                maxLength: 55,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "AskedBy",
                table: "approvals",
                type: "TEXT",
                maxLength: 55,
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "AskedBy",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "AskedBy",
                table: "approvals");
        }
    }
}

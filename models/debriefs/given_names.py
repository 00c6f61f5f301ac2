"""Given names that language models like to make up. None of them is a word that a sentence of a debrief could hold."""

from __future__ import annotations

GIVEN_NAMES = frozenset(
    """
    Aaron Abigail Adam Ahmed Aisha Alan Albert Alejandro Alex Alexander Alexandra Alexis Alice Alicia Amanda Amelia Amy Ana Andrea
    Andrew Andy Angela Anita Ann Anna Anne Anthony Antonio Arthur Ashley Barbara Ben Benjamin Beth Betty Beverly Bob Bobby Brandon
    Brenda Brian Brittany Bruce Bryan Caleb Carl Carla Carlos Carol Caroline Catherine Charles Charlie Charlotte Cheryl Chloe Chris
    Christian Christina Christine Christopher Claire Clara Cynthia Dan Daniel Danielle Dave David Deborah Debra Denise Dennis Derek
    Diana Diane Diego Don Donald Donna Doris Dorothy Doug Douglas Dylan Ed Eddie Edith Edward Eleanor Elena Elijah Elizabeth Ella
    Ellen Emily Emma Eric Erica Ethan Eugene Eva Evan Evelyn Fatima Fiona Florence Frances Francis Francisco Fred Gabriel Gary George
    Gerald Gloria Greg Gregory Hannah Harold Harriet Harry Heather Helen Henry Howard Hugo Ian Isaac Isabella Ivan Jackie Jackson
    Jacob Jacqueline Jake James Jamie Jan Jane Janet Janice Jason Javier Jean Jeff Jeffrey Jen Jennifer Jenny Jeremy Jerry Jesse
    Jessica Jill Jim Jimmy Joan Joanna Joe Joel Johan John Johnny Jonathan Jordan Jorge Jose Joseph Joshua Juan Judith Judy Julia
    Julian Julie Justin Karen Karl Kate Katherine Kathleen Kathryn Katie Keith Kelly Ken Kenneth Kevin Kim Kimberly Kyle Lara Larry
    Laura Lauren Lee Leo Leon Leonard Liam Linda Lisa Logan Louis Louise Lucas Lucy Luis Luke Madison Marcus Margaret Maria Marie
    Marilyn Mario Martha Martin Mary Matt Matthew Max Maya Megan Melissa Michael Michelle Miguel Mike Mohamed Mohammed Monica Morgan
    Nancy Natalie Nathan Nicholas Nick Nicole Nina Noah Nora Oliver Olivia Omar Oscar Owen Pamela Patricia Patrick Paul Paula Pedro
    Peter Philip Phillip Priya Rachel Rafael Ralph Raymond Rebecca Ricardo Richard Rick Robert Roberto Robin Roger Ron Ronald Roy
    Russell Ruth Ryan Sally Sam Samantha Samuel Sandra Sara Sarah Scott Sean Sebastian Sergio Sharon Shirley Simon Sofia Sophia
    Sophie Stephanie Stephen Steve Steven Stuart Susan Suzanne Tara Taylor Ted Teresa Terry Theresa Thomas Tim Timothy Tina Todd
    Tom Tommy Tony Tracy Tyler Valerie Vanessa Veronica Victor Victoria Vincent Virginia Walter Wayne Wendy William Yusuf Zachary Zoe
    """.split()  # noqa: SIM905 (a list of strings of this length would be four pages)
)

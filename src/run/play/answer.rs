//! Which answer of a question was meant by a line of input. Called by `play`; decides nothing about
//! right and wrong.

/// The digit of the answer that was meant: by its number, or by words that it alone has.
pub(super) fn chosen(said: &str, choices: &[String]) -> Option<char> {
    if let Ok(number) = said.parse::<u32>() {
        let known = usize::try_from(number).is_ok_and(|number| number <= choices.len());
        return char::from_digit(number, 10).filter(|_| known);
    }
    let said = said.to_lowercase();
    let meant = |(_, choice): &(u32, &String)| choice.to_lowercase().contains(&said);
    let mut meant = (1..).zip(choices).filter(meant).map(|(number, _)| number);
    let (first, second) = (meant.next()?, meant.next());
    char::from_digit(first, 10).filter(|_| second.is_none() && !said.is_empty())
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn an_answer_is_a_number_or_words_of_one_choice() {
        let choices = ["1", "4723", "the whole machine", "only the box", "EPERM"];
        let choices = choices.map(str::to_owned);
        let cases = [
            ("1", Some('1')),
            ("5", Some('5')),
            ("0", Some('0')),
            ("6", None),
            ("4723", None),
            ("eperm", Some('5')),
            ("whole", Some('3')),
            ("the", None),
            ("the b", Some('4')),
            ("nothing", None),
            ("", None),
            ("-1", None),
        ];
        for (said, digit) in cases {
            assert_eq!(chosen(said, &choices), digit, "{said:?}");
        }
    }
}
